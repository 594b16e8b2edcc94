package dev.cove.vmm.qemu;

import java.util.Locale;

/// The kind of machine that QEMU plays.
public enum Board {
    /// Small and quick: no PCI, no firmware to speak of, at most eight devices.
    MICROVM("device"),
    /// An ordinary PC, for QEMUs without `microvm`.
    Q35("pci");

    private final String bus;

    Board(String bus) {
        this.bus = bus;
    }

    /// A virtio device's name on this board: `virtio-blk-device`, `virtio-blk-pci`.
    String virtio(String kind) {
        return "virtio-" + kind + "-" + bus;
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}

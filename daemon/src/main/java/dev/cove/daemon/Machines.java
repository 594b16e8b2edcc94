package dev.cove.daemon;

import dev.cove.core.Bytes;
import dev.cove.core.VmUser;
import dev.cove.core.port.Boot;
import dev.cove.core.port.GuestShell;
import dev.cove.core.port.Vmm;
import dev.cove.daemon.config.Settings;
import dev.cove.doors.SshGuestShell;
import dev.cove.guest.GuestBoot;
import dev.cove.vmm.qemu.Board;
import dev.cove.vmm.qemu.QemuVmm;
import java.security.SecureRandom;
import java.util.List;

/// What runs guests and talks to them: the part of a daemon that a benchmark replaces when the rest
/// is to be measured.
///
/// @param shell closed with the daemon
public record Machines(List<Vmm> vmms, Boot boot, GuestShell shell) {
    /// Which part of the host's memory may be that of snapshots, kept ready for forks.
    private static final int PART_KEPT = 4;

    public Machines {
        vmms = List.copyOf(vmms);
    }

    /// Real ones: QEMU, and SSH.
    static Machines real(Settings settings) {
        var data = settings.data();
        var vms = data.resolve("vms");
        var kept = new Bytes(LinuxHost.allMemory().count() / PART_KEPT);
        var memory = new QemuVmm.Memory(kept, settings.qemu().translated());
        var qemu = new QemuVmm(List.of(settings.qemu().program()), Board.MICROVM, vms, memory);
        qemu.warmUp();
        return new Machines(
                List.of(qemu),
                realBoot(),
                SshGuestShell.withKeyIn(data.resolve("ssh_key"), new SecureRandom()));
    }

    /// What guests boot from, as every daemon prepares it.
    public static GuestBoot realBoot() {
        return new GuestBoot(person -> VmUser.of(person.subnet(), person.address()));
    }

    /// Makes them, once the data folder is there.
    @FunctionalInterface
    public interface Maker {
        Machines of(Settings settings);
    }
}

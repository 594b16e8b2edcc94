package dev.cove.core;

import java.util.Locale;

/// What runs the guest's instructions.
public enum Accelerator {
    /// The processor, through the kernel's KVM.
    KVM,
    /// QEMU's translator: slower, and works everywhere.
    TCG,
    /// Apple's Hypervisor framework.
    HVF,
    /// Nothing: a fake for tests.
    NONE;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}

package dev.cove.vmm.qemu;

/// Where a guest comes from.
enum Origin {
    /// It is booted.
    BOOT,
    /// All that it was is sent to it.
    STREAM;

    boolean isResumed() {
        return this == STREAM;
    }
}

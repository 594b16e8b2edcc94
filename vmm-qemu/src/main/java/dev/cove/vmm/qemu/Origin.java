package dev.cove.vmm.qemu;

/// Where a guest comes from, and with it its memory.
enum Origin {
    /// It is booted.
    BOOT,
    /// It is booted, for forks to be made of it: its memory is what the process has as its standard
    /// input, so that it is still there when the process has gone.
    TEMPLATE,
    /// It is resumed; all that it was is sent to it.
    STREAM,
    /// It is resumed; its memory is what the process has as its standard input, sealed, and what it
    /// changes is its own.
    FORK;

    boolean isResumed() {
        return switch (this) {
            case BOOT, TEMPLATE -> false;
            case STREAM, FORK -> true;
        };
    }
}

package dev.cove.core;

/// What is asked of a VM.
public enum Power {
    RUNNING,
    STOPPED,
    /// Its memory is to be on disk, and no machine to be there.
    ASLEEP,
    /// It is to be destroyed; nothing asks for anything else after this.
    GONE
}

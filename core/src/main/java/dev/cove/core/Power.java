package dev.cove.core;

/// What is asked of a VM.
public enum Power {
    RUNNING,
    STOPPED,
    /// It is to be destroyed; nothing asks for anything else after this.
    GONE
}

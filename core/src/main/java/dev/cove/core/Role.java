package dev.cove.core;

/// What a VM is there for.
public enum Role {
    /// Somebody uses it.
    GUEST,
    /// It is booted to be saved as a template, and goes then. Nobody sees it.
    TEMPLATE,
    /// It runs and waits, off the bridge, to become somebody's. Nobody sees it.
    STANDBY
}

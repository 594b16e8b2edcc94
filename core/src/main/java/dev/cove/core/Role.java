package dev.cove.core;

import org.jspecify.annotations.Nullable;

/// What a VM is there for.
public enum Role {
    /// Somebody uses it.
    GUEST,
    /// It is booted to be saved as a template, and goes then. Nobody sees it.
    TEMPLATE,
    /// It runs and waits, off the bridge, to become somebody's. Nobody sees it.
    STANDBY;

    /// Records from before there were roles name none.
    static Role orGuest(@Nullable Role recorded) {
        return recorded == null ? GUEST : recorded;
    }
}

package dev.cove.core;

import java.util.Locale;

/// What a VM is doing, as users see it.
public enum VmState {
    CREATING,
    STARTING,
    RUNNING,
    STOPPING,
    STOPPED,
    ASLEEP,
    FAILED,
    DELETING;

    /// Whether it stays so until somebody asks for something, or something breaks.
    public boolean settled() {
        return switch (this) {
            case RUNNING, STOPPED, ASLEEP, FAILED -> true;
            case CREATING, STARTING, STOPPING, DELETING -> false;
        };
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}

package dev.cove.core;

/// A VM: what is asked for, and what is there.
public record Vm(VmSpec spec, VmStatus status) {
    public VmId id() {
        return spec.id();
    }

    public Name name() {
        return spec.name();
    }

    public VmState state() {
        return status.state();
    }

    /// Whether it has come to what is asked of it, or has failed to: nothing more will happen by
    /// itself.
    public boolean atRest() {
        return switch (spec.power()) {
            case RUNNING ->
                    status.launch() == spec.launches()
                            && (state() == VmState.RUNNING || state() == VmState.FAILED);
            case STOPPED -> state() == VmState.STOPPED;
            case ASLEEP -> state() == VmState.ASLEEP;
            case GONE -> false;
        };
    }
}

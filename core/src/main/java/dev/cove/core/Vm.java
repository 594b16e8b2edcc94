package dev.cove.core;

import java.util.Optional;

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
                    status.tellsOf(spec)
                            && (state() == VmState.RUNNING || state() == VmState.FAILED);
            case STOPPED -> state() == VmState.STOPPED;
            case ASLEEP -> state() == VmState.ASLEEP;
            case GONE -> false;
        };
    }

    /// What its present launch began with; empty when it has never been started.
    public Optional<Origin> origin() {
        return spec.launches() == 0
                ? Optional.empty()
                : Optional.of(spec.begins().map(this::origin).orElse(Origin.COLD));
    }

    private Origin origin(Resume begins) {
        return switch (begins.kind()) {
            case TEMPLATE -> stoodBy() ? Origin.STANDBY : Origin.TEMPLATE;
            case KEPT -> Origin.SNAPSHOT;
            case SLEEP -> Origin.SLEEP;
            case FORK -> Origin.FORK;
            case IMPORT -> Origin.IMPORT;
        };
    }

    /// Its timings are those of becoming somebody's, without the resuming that came before.
    private boolean stoodBy() {
        var timings = status.timings();
        return status.role() == Role.STANDBY
                || (status.tellsOf(spec)
                        && timings.containsKey("identity")
                        && !timings.containsKey("resume"));
    }
}

package dev.cove.core.control;

import dev.cove.core.CoveException;
import dev.cove.core.Vm;
import dev.cove.core.VmState;

/// What to do about a VM that is in another state than a request needs.
final class Remedies {
    private Remedies() {}

    /// Refuses what only one that runs can do.
    static CoveException notRunning(Vm vm) {
        if (vm.state() == VmState.RUNNING && !vm.status().tellsOf(vm.spec())) {
            return CoveException.conflict(
                    "VM \"%1$s\" is about to start anew; wait for it with: cove start %1$s"
                            .formatted(vm.name()));
        }
        return CoveException.conflict(
                "VM \"" + vm.name() + "\" is " + vm.state() + "; " + toRun(vm));
    }

    /// How it comes to run.
    static String toRun(Vm vm) {
        return switch (vm.state()) {
            case CREATING, STARTING -> "wait for it with: cove start " + vm.name();
            case ASLEEP -> "wake it with: cove wake " + vm.name();
            case STOPPING, STOPPED, FAILED -> "start it with: cove start " + vm.name();
            case RUNNING -> "its machine has just ended; see: cove inspect " + vm.name();
            case DELETING -> "it will be gone in a moment";
        };
    }
}

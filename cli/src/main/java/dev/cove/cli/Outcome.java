package dev.cove.cli;

import dev.cove.client.VmInfo;
import dev.cove.core.CoveException;
import java.time.Duration;

/// What became of a VM that was waited for.
final class Outcome {
    /// The longest that the daemon lets a call wait.
    static final Duration PATIENCE = Duration.ofMinutes(10);

    private Outcome() {}

    /// @throws CoveException UNAVAILABLE when it failed, or is still busy
    static VmInfo expect(VmInfo vm) {
        if (vm.state().equals("failed")) {
            throw CoveException.unavailable(
                    "VM \""
                            + vm.name()
                            + "\" failed: "
                            + vm.reason().orElse("no reason is known")
                            + "; see: cove logs "
                            + vm.name());
        }
        if (!vm.settled()) {
            throw CoveException.unavailable(
                    "VM \""
                            + vm.name()
                            + "\" is still "
                            + vm.state()
                            + " after "
                            + PATIENCE.toMinutes()
                            + " minutes; see: cove logs "
                            + vm.name());
        }
        return vm;
    }
}

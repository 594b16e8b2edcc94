package dev.cove.bench;

import dev.cove.client.CoveClient;
import dev.cove.client.VmInfo;
import java.time.Duration;

/// Waits for VMs to come to a state, by asking: no program needs more than the API for it.
final class Vms {
    private static final Duration BETWEEN = Duration.ofMillis(5);

    private Vms() {}

    /// @throws IllegalStateException when it fails, or is not there in time
    static VmInfo await(CoveClient cove, String name, String state, Duration within)
            throws InterruptedException {
        var deadline = System.nanoTime() + within.toNanos();
        while (true) {
            var vm = cove.vm(name);
            if (vm.state().equals(state)) {
                return vm;
            }
            if (vm.state().equals("failed") || System.nanoTime() > deadline) {
                throw new IllegalStateException(
                        name
                                + " is "
                                + vm.state()
                                + ", not "
                                + state
                                + ": "
                                + vm.reason().orElse(""));
            }
            Thread.sleep(BETWEEN);
        }
    }
}

package dev.cove.cli;

import dev.cove.client.VmInfo;
import dev.cove.core.CoveException;
import dev.cove.core.Printable;
import java.time.Duration;
import java.util.Locale;

/// What became of a VM that was waited for.
final class Outcome {
    /// The longest that the daemon lets a call wait.
    static final Duration PATIENCE = Duration.ofMinutes(10);

    private static final int LONGEST = 1000;

    private Outcome() {}

    /// @param state what it was to come to
    /// @throws CoveException UNAVAILABLE when it failed, is still busy, or is something else
    static VmInfo expect(VmInfo vm, String state) {
        if (vm.state().equals("failed")) {
            throw CoveException.unavailable(
                    of(vm)
                            + "failed: "
                            + vm.reason().orElse("no reason is known")
                            + "; see: cove logs "
                            + vm.name());
        }
        if (!vm.settled()) {
            throw CoveException.unavailable(
                    of(vm)
                            + "is still "
                            + vm.state()
                            + " after "
                            + PATIENCE.toMinutes()
                            + " minutes; see: cove logs "
                            + vm.name());
        }
        if (!vm.state().equals(state)) {
            throw CoveException.unavailable(
                    of(vm)
                            + "is "
                            + vm.state()
                            + ": "
                            + vm.reason().orElse("somebody else asked for it, or its guest did"));
        }
        return vm;
    }

    /// As `ready in 21.2 s at 10.100.0.10`.
    static String reached(String what, VmInfo vm, Duration took) {
        return what
                + " in "
                + seconds(took)
                + vm.address().map(address -> " at " + address).orElse("");
    }

    static String seconds(Duration took) {
        return String.format(Locale.ROOT, "%.1f s", took.toMillis() / 1000.0);
    }

    private static String of(VmInfo vm) {
        return "VM \"" + vm.name() + "\" ";
    }

    /// Says it of a VM that runs, and came to it in another way than it was to.
    static void warn(VmInfo vm, Surroundings here) {
        vm.reason()
                .filter(_ -> vm.state().equals("running"))
                .ifPresent(reason -> {
                    var line = Printable.of(reason.replace("\n", "; "), LONGEST);
                    here.stderr().println("cove: warning: VM \"" + vm.name() + "\": " + line);
                    here.stderr().flush();
                });
    }
}

package dev.cove.bench;

import dev.cove.client.Copies;
import dev.cove.client.CoveClient;
import dev.cove.client.PowerChange;
import dev.cove.client.VmInfo;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/// What is asked of a daemon's VMs, again and again where it has to be waited for: no program needs
/// more than the API for it.
final class Vms {
    private static final Duration BETWEEN = Duration.ofMillis(5);
    private static final Duration SELDOM = Duration.ofMillis(50);

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

    /// @throws IllegalStateException when it does not run
    static void requireRunning(VmInfo vm) {
        if (!vm.state().equals("running")) {
            throw new IllegalStateException(
                    vm.name() + " is " + vm.state() + ": " + vm.reason().orElse(""));
        }
    }

    /// @param origin what it has to have begun with: `template`, `standby`
    /// @throws IllegalStateException when it does not run, or fell back to something else
    static void requireRunning(VmInfo vm, String origin) {
        requireRunning(vm);
        if (!vm.origin().orElse("").equals(origin)) {
            throw new IllegalStateException(
                    "%s began with %s, not %s: %s"
                            .formatted(
                                    vm.name(),
                                    vm.origin().orElse("nothing"),
                                    origin,
                                    vm.reason().orElse("")));
        }
    }

    /// The id of its VMM's process.
    static long process(VmInfo vm) {
        return vm.source().at("process").at("pid").number(0);
    }

    static void destroy(CoveClient cove, String name, Duration within) {
        if (!cove.destroy(name, true, within)) {
            throw new IllegalStateException(name + " is still there after " + within);
        }
    }

    /// Puts it to sleep.
    ///
    /// @return what it sleeps in, bytes
    static long sleep(CoveClient cove, String name, Duration within) {
        var vm = change(cove, name, PowerChange.Verb.SLEEP, within);
        if (!vm.state().equals("asleep")) {
            throw new IllegalStateException(
                    name + " is " + vm.state() + ": " + vm.reason().orElse(""));
        }
        return vm.source().at("sleeping").at("size").number(0);
    }

    static VmInfo wake(CoveClient cove, String name, Duration within) {
        return change(cove, name, PowerChange.Verb.WAKE, within);
    }

    private static VmInfo change(
            CoveClient cove, String name, PowerChange.Verb verb, Duration within) {
        return cove.change(name, new PowerChange(verb, Optional.empty(), false, within));
    }

    /// Makes running copies of a running VM.
    ///
    /// @param count none for one, which has the name; else they are `name-1` and so on
    static Copies.Forks fork(
            CoveClient cove, String source, String name, Optional<Integer> count, Duration within) {
        var wish = new Copies.Wish(Optional.of(name), count, Map.of(), Optional.empty());
        return cove.copies().fork(source, wish, within);
    }

    /// For how long the original stood still.
    static Duration standstill(Copies.Forks forks) {
        return Duration.ofNanos((long) (forks.standstill() * 1e6));
    }

    /// Makes the template of that kind, unless it is there.
    static void prepareTemplate(CoveClient cove, Kind kind) {
        cove.copies()
                .prepareTemplate(
                        Optional.of(kind.image()),
                        Optional.of(1),
                        Optional.of(kind.mebibytes() + "M"));
    }

    /// Waits until a VM stands by for the template of that kind and is ready.
    static void awaitStandby(CoveClient cove, Kind kind, Duration within)
            throws InterruptedException {
        var deadline = System.nanoTime() + within.toNanos();
        while (standingBy(cove, kind) == 0) {
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException(
                        "nothing stands by for " + kind + " after " + within);
            }
            Thread.sleep(SELDOM);
        }
    }

    private static long standingBy(CoveClient cove, Kind kind) {
        return cove.copies().templates().items().stream()
                .filter(t -> t.at("image").text("").equals(kind.image()))
                .filter(t -> t.at("memory").number(0) >> 20 == kind.mebibytes())
                .mapToLong(t -> t.at("standby").number(0))
                .sum();
    }
}

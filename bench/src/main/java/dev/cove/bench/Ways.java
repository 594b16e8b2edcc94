package dev.cove.bench;

import dev.cove.client.CoveClient;
import dev.cove.client.VmInfo;
import dev.cove.platform.Closer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// The ways in which Cove brings a VM to its first command over SSH. Each is timed from the request
/// to the record that says `running`, and takes back afterwards what it made.
final class Ways {
    private static final String NAME = "bench-new";
    private static final String SOURCE = "bench-source";
    private static final String SLEEPER = "bench-sleeper";
    private static final Duration WITHIN = Duration.ofMinutes(5);

    private final CoveClient cove;
    private final Kind kind;
    private final Kind standingBy;
    private final Map<String, Steps> steps = new LinkedHashMap<>();
    private final List<Duration> standstills = new ArrayList<>();
    private long asleep;

    private Ways(CoveClient cove, Kind kind, Kind standingBy) {
        this.cove = cove;
        this.kind = kind;
        this.standingBy = standingBy;
    }

    /// Makes the templates, the VM that is forked, the one that sleeps, and the one that stands by.
    ///
    /// @param standingBy for whose template a VM stands by; there is none for the other
    static Ways prepare(CoveClient cove, Kind kind, Kind standingBy, Consumer<String> progress)
            throws InterruptedException {
        for (var each : List.of(kind, standingBy)) {
            progress.accept("making a template of " + each);
            Vms.prepareTemplate(cove, each);
        }
        for (var name : List.of(SOURCE, SLEEPER)) {
            Vms.requireRunning(cove.create(kind.forked(name), WITHIN), "template");
        }
        // Only for what has been used does one stand by.
        Vms.requireRunning(cove.create(standingBy.forked(NAME), WITHIN), "template");
        Vms.destroy(cove, NAME, WITHIN);
        Vms.awaitStandby(cove, standingBy, WITHIN);
        return new Ways(cove, kind, standingBy);
    }

    Duration fromTemplate() {
        return once("template", () -> cove.create(kind.forked(NAME), WITHIN));
    }

    Duration fromStandby() throws InterruptedException {
        var took = once("standby", () -> cove.create(standingBy.forked(NAME), WITHIN));
        // Here, so that nobody else is timed while the next one gets ready.
        Vms.awaitStandby(cove, standingBy, WITHIN);
        return took;
    }

    Duration cold() {
        return once("cold", () -> cove.create(kind.cold(NAME), WITHIN));
    }

    Duration fork() {
        return once(
                "fork",
                () -> {
                    var forks = Vms.fork(cove, SOURCE, NAME, Optional.empty(), WITHIN);
                    standstills.add(Vms.standstill(forks));
                    return forks.vms().getFirst();
                });
    }

    Duration wake() {
        asleep = Vms.sleep(cove, SLEEPER, WITHIN);
        return timed("sleep", () -> Vms.wake(cove, SLEEPER, WITHIN));
    }

    private Duration once(String origin, Supplier<VmInfo> make) {
        try (var after = new Closer()) {
            after.onClose(() -> Vms.destroy(cove, NAME, WITHIN));
            return timed(origin, make);
        }
    }

    private Duration timed(String origin, Supplier<VmInfo> make) {
        var begun = System.nanoTime();
        var vm = make.get();
        var took = Duration.ofNanos(System.nanoTime() - begun);
        Vms.requireRunning(vm, origin);
        steps.computeIfAbsent(origin, _ -> new Steps()).note(vm);
        return took;
    }

    /// What the daemon says of where the time went.
    void tell(Consumer<String> progress) {
        steps.forEach((origin, taken) ->
                taken.tell(line -> progress.accept("%-8s %s".formatted(origin, line))));
        progress.accept(
                "median of standstill: "
                        + Report.millis(new Samples("standstill", standstills).median())
                        + " ms");
        progress.accept("asleep in " + (asleep >> 20) + " MiB");
    }
}

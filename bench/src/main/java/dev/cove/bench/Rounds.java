package dev.cove.bench;

import dev.cove.bench.DaemonProcess.Holdings;
import dev.cove.client.CoveClient;
import dev.cove.platform.Closer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.ToLongFunction;

/// Creates and destroys from a template, one after the other: what is there more than before, and
/// whether the last ones take longer than the first.
record Rounds(Grounds grounds, Family family, int rounds) implements CopySection {
    /// `--runs` is for sides that take turns; this many rounds are what the figures are about.
    static final int USUAL = 500;

    private static final String NAME = "bench-round";
    private static final int WARM_UP = 20;
    private static final int MEBIBYTES = 256;

    /// How many at the beginning are compared with as many at the end.
    private static final int ENDS = 50;

    private static final double SHARE = 0.95;
    private static final double AT_MOST = 1.2;
    private static final Duration WITHIN = Duration.ofMinutes(5);

    /// Long enough for pools to let go of what they keep for a while only.
    private static final Duration REST = Duration.ofSeconds(75);

    @Override
    public String name() {
        return family.section("rounds");
    }

    @Override
    public String about() {
        return rounds
                + " creates and destroys from a template of "
                + kind().image()
                + " (COVE_BENCH_ROUNDS)";
    }

    @Override
    public int mebibytes() {
        return MEBIBYTES;
    }

    @Override
    public List<Figure> measure(Turns turns, Consumer<String> progress) throws Exception {
        try (var after = new Closer()) {
            var daemon = daemonWithTemplate(after, progress);
            var cove = daemon.client();
            run(cove, WARM_UP, _ -> {});
            Thread.sleep(REST);
            var before = daemon.holdings();
            var pool = daemon.poolBytes();
            progress.accept("before: " + before + ", pool " + pool);
            var taken = run(cove, rounds, progress);
            Thread.sleep(REST);
            var then = daemon.holdings();
            var poolThen = daemon.poolBytes();
            progress.accept("after: " + then + ", pool " + poolThen);
            return List.of(
                    drift(taken),
                    growth("processes", before, then, Holdings::processes),
                    growth("mounts", before, then, Holdings::mounts),
                    growth("taps", before, then, Holdings::taps),
                    growth("files", before, then, Holdings::files),
                    growth("descriptors", before, then, Holdings::descriptors),
                    new Figure.Count(growth("pool bytes"), poolThen - pool, 0));
        }
    }

    private Figure drift(List<Duration> taken) {
        var ends = Math.min(ENDS, taken.size() / 2);
        return new Figure.Ratio(
                kind().image() + ": the last " + ends + " rounds, beside the first",
                new Samples("last", taken.subList(taken.size() - ends, taken.size())),
                new Samples("first", taken.subList(0, ends)),
                SHARE,
                AT_MOST);
    }

    private Figure growth(
            String what, Holdings before, Holdings then, ToLongFunction<Holdings> count) {
        return new Figure.Count(
                growth(what), count.applyAsLong(then) - count.applyAsLong(before), 0);
    }

    private String growth(String what) {
        return kind().image() + ": growth in " + what + " in " + rounds + " rounds";
    }

    private List<Duration> run(CoveClient cove, int count, Consumer<String> progress) {
        var taken = new ArrayList<Duration>();
        for (var i = 1; i <= count; i++) {
            var begun = System.nanoTime();
            Vms.requireRunning(cove.create(kind().forked(NAME), WITHIN), "template");
            Vms.destroy(cove, NAME, WITHIN);
            taken.add(Duration.ofNanos(System.nanoTime() - begun));
            if (i % ENDS == 0) {
                var last = new Samples("rounds", taken.subList(i - ENDS, i));
                progress.accept(
                        "%d/%d, the last %d: median %d ms, p95 %d ms"
                                .formatted(
                                        i,
                                        count,
                                        ENDS,
                                        last.median().toMillis(),
                                        last.percentile(SHARE).toMillis()));
            }
        }
        return taken;
    }
}

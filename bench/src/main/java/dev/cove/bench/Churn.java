package dev.cove.bench;

import dev.cove.bench.DaemonProcess.Holdings;
import dev.cove.client.CoveClient;
import dev.cove.platform.Closer;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.ToLongFunction;

/// A thousand creates and destroys, four at a time: what the daemon holds afterwards, and what it
/// holds more than before.
final class Churn implements Section {
    private static final int VMS = 1000;
    private static final int AT_A_TIME = 4;

    /// More at a time than what is measured, so that every pool is as large as that needs: what
    /// grows afterwards is a leak.
    private static final int WARM_UP = 200;

    private static final int AT_A_TIME_IN_WARM_UP = 8;
    private static final int MOST_MEBIBYTES = 200;
    private static final Duration WITHIN = Duration.ofMinutes(1);

    /// Long enough for pools to let go of what they keep for a while only.
    private static final Duration REST = Duration.ofSeconds(75);

    private final Grounds grounds;

    Churn(Grounds grounds) {
        this.grounds = grounds;
    }

    @Override
    public String name() {
        return "churn";
    }

    @Override
    public String about() {
        return "1,000 creates and destroys: memory, threads, descriptors, taps, mounts";
    }

    @Override
    public List<Figure> measure(Turns turns, Consumer<String> progress) throws Exception {
        try (var after = new Closer()) {
            var daemon = after.own(DaemonProcess.machineless(grounds));
            new ImageCache(grounds.images()).give(Kind.SLIM.image(), daemon, progress);
            churn(daemon.client(), WARM_UP, AT_A_TIME_IN_WARM_UP);
            var before = settled(daemon);
            progress.accept("before: " + before);
            churn(daemon.client(), VMS, AT_A_TIME);
            progress.accept("at once: " + daemon.holdings());
            var then = settled(daemon);
            progress.accept("after: " + then);
            return List.of(
                    new Figure.Count(
                            "MiB resident after 1,000 creates and destroys",
                            then.kibibytes() / 1024,
                            MOST_MEBIBYTES),
                    growth("threads", before, then, Holdings::threads),
                    growth("descriptors", before, then, Holdings::descriptors),
                    growth("taps", before, then, Holdings::taps),
                    growth("mounts", before, then, Holdings::mounts));
        }
    }

    private static Figure growth(
            String what, Holdings before, Holdings then, ToLongFunction<Holdings> count) {
        return new Figure.Count(
                "growth in " + what, count.applyAsLong(then) - count.applyAsLong(before), 0);
    }

    private static Holdings settled(DaemonProcess daemon) throws IOException, InterruptedException {
        Thread.sleep(REST);
        return daemon.holdings();
    }

    private static void churn(CoveClient cove, int vms, int atATime) throws Exception {
        var next = new AtomicInteger();
        Callable<Void> worker =
                () -> {
                    for (var i = next.getAndIncrement(); i < vms; i = next.getAndIncrement()) {
                        once(cove, "bench-" + i);
                    }
                    return null;
                };
        try (var workers = Executors.newFixedThreadPool(atATime)) {
            var all = java.util.stream.Stream.generate(() -> worker).limit(atATime).toList();
            for (var each : workers.invokeAll(all)) {
                each.get();
            }
        }
    }

    private static void once(CoveClient cove, String name) {
        var vm = cove.create(Kind.SLIM.cold(name), WITHIN);
        Vms.requireRunning(vm);
        if (!cove.destroy(name, true, WITHIN)) {
            throw new IllegalStateException(name + " is still there after " + WITHIN);
        }
    }
}

package dev.cove.bench;

import dev.cove.client.CoveClient;
import dev.cove.platform.Closer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// Cold boots in a row while every core of the host is busy with something else: a guest that
/// cannot find out the rate of its clock hangs then. Cove starts a VM once for each `create`, so a
/// VM that comes up needed no second try.
final class Boots implements Section {
    /// `--runs` is for sides that take turns; this many boots are what the figure is about.
    static final int USUAL = 50;

    private static final Duration WITHIN = Duration.ofMinutes(3);

    private final Grounds grounds;
    private final int boots;

    Boots(Grounds grounds, int boots) {
        this.grounds = grounds;
        this.boots = boots;
    }

    @Override
    public String name() {
        return "boots";
    }

    @Override
    public String about() {
        return boots + " cold boots in a row with every core busy (COVE_BENCH_BOOTS)";
    }

    @Override
    public List<Figure> measure(Turns turns, Consumer<String> progress) throws Exception {
        var taken = new ArrayList<Duration>();
        var failed = 0;
        try (var after = new Closer()) {
            var daemon = after.own(DaemonProcess.real(grounds));
            new ImageCache(grounds.images()).give(Kind.SLIM.image(), daemon, progress);
            var cove = daemon.client();
            after.own(Burden.onEveryCore());
            for (var i = 1; i <= boots; i++) {
                var begun = System.nanoTime();
                try {
                    boot(cove, "bench-boot-" + i);
                    taken.add(Duration.ofNanos(System.nanoTime() - begun));
                    progress.accept(i + "/" + boots + " " + taken.getLast().toMillis() + " ms");
                } catch (IllegalStateException e) {
                    failed++;
                    progress.accept(i + "/" + boots + " " + e.getMessage());
                }
            }
        }
        var count =
                new Figure.Count(
                        "of " + boots + " cold boots with every core busy, hung", failed, 0);
        return taken.isEmpty()
                ? List.of(count)
                : List.of(
                        count,
                        new Figure.Limit(
                                "a cold boot with every core busy",
                                new Samples("cove create --cold", taken),
                                0.5,
                                WITHIN));
    }

    private static void boot(CoveClient cove, String name) throws InterruptedException {
        try (var after = new Closer()) {
            after.onClose(() -> cove.destroy(name, true, WITHIN));
            cove.create(Kind.SLIM.cold(name), Duration.ZERO);
            Vms.await(cove, name, "running", WITHIN);
        }
    }
}

package dev.cove.bench;

import dev.cove.client.CoveClient;
import dev.cove.client.VmInfo;
import dev.cove.platform.Closer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// What the daemon itself costs in a create: everything but the machine. From the API request to
/// the record that says `running`, with a VMM, a guest and an SSH that take no time.
final class Creating implements Section {
    private static final int RUNS_PER_TURN = 10;
    private static final int WARM_UP = 30;
    private static final Duration GOAL = Duration.ofMillis(60);
    private static final Duration WITHIN = Duration.ofSeconds(30);
    private static final String NAME = "bench-create";

    private final Grounds grounds;

    Creating(Grounds grounds) {
        this.grounds = grounds;
    }

    @Override
    public String name() {
        return "create";
    }

    @Override
    public String about() {
        return "what the daemon itself costs in a create: fake VMM, real store, disk, tap, firewall";
    }

    @Override
    public List<Figure> measure(Turns turns, Consumer<String> progress) throws Exception {
        try (var after = new Closer()) {
            var daemon = after.own(DaemonProcess.machineless(grounds));
            new ImageCache(grounds.images()).give(Kind.SLIM.image(), daemon, progress);
            var cove = daemon.client();
            var creates = new ArrayList<Duration>();
            var destroys = new ArrayList<Duration>();
            var steps = new Steps();
            for (var run = -WARM_UP; run < turns.rounds() * RUNS_PER_TURN; run++) {
                var begun = System.nanoTime();
                var vm = create(cove);
                var created = System.nanoTime();
                cove.destroy(NAME, true, WITHIN);
                var gone = System.nanoTime();
                if (run >= 0) {
                    creates.add(Duration.ofNanos(created - begun));
                    destroys.add(Duration.ofNanos(gone - created));
                    steps.note(vm);
                }
            }
            steps.tell(progress);
            progress.accept(
                    "median of destroy: "
                            + new Samples("cove destroy", destroys).median().toMillis()
                            + " ms");
            return List.of(
                    new Figure.Limit(
                            "create, all but the machine",
                            new Samples("cove create", creates),
                            0.5,
                            GOAL));
        }
    }

    private static VmInfo create(CoveClient cove) {
        return cove.create(Kind.SLIM.cold(NAME), WITHIN);
    }
}

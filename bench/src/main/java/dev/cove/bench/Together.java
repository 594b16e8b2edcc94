package dev.cove.bench;

import dev.cove.client.CoveClient;
import dev.cove.client.VmInfo;
import dev.cove.platform.Closer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/// Ten creates at once from a template, from the first request to the last answer, against one by
/// itself.
record Together(Grounds grounds, Family family) implements CopySection {
    private static final int VMS = 10;
    private static final double AT_MOST = VMS * 1.2;
    private static final int MEBIBYTES = 512;
    private static final Duration WITHIN = Duration.ofMinutes(5);

    @Override
    public String name() {
        return family.section("together");
    }

    @Override
    public String about() {
        return VMS + " creates at once from a template of " + kind().image() + ", beside one";
    }

    @Override
    public int mebibytes() {
        return MEBIBYTES;
    }

    @Override
    public List<Figure> measure(Turns turns, Consumer<String> progress) throws Exception {
        try (var after = new Closer()) {
            var cove = daemonWithTemplate(after, progress).client();
            var steps = new Steps();
            var taken =
                    turns.of(
                            List.of(
                                    Side.of(VMS + " at once", () -> create(cove, VMS, steps)),
                                    Side.of("one", () -> create(cove, 1, new Steps()))),
                            progress);
            steps.tell(progress);
            return List.of(
                    new Figure.Ratio(
                            kind().image() + ": " + VMS + " creates at once, beside one",
                            taken.getFirst(),
                            taken.getLast(),
                            AT_MOST));
        }
    }

    private Duration create(CoveClient cove, int count, Steps steps) throws Exception {
        var names = IntStream.range(0, count).mapToObj(i -> "bench-together-" + i).toList();
        try (var workers = Executors.newVirtualThreadPerTaskExecutor();
                var after = new Closer()) {
            names.forEach(name -> after.onClose(() -> Vms.destroy(cove, name, WITHIN)));
            var creates =
                    names.stream()
                            .<Callable<VmInfo>>map(
                                    name -> () -> cove.create(kind().forked(name), WITHIN))
                            .toList();
            var begun = System.nanoTime();
            var made = workers.invokeAll(creates);
            var took = Duration.ofNanos(System.nanoTime() - begun);
            for (var each : made) {
                Vms.requireRunning(each.get(), "template");
                steps.note(each.get());
            }
            return took;
        }
    }
}

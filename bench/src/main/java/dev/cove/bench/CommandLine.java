package dev.cove.bench;

import dev.cove.platform.Closer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// What a user waits for `./cove` when it has little to do: the wall time of its process.
final class CommandLine implements Section {
    private static final int VMS = 20;
    private static final int RUNS_PER_TURN = 4;
    private static final Duration GOAL = Duration.ofMillis(100);
    private static final Duration WITHIN = Duration.ofSeconds(30);

    private final Grounds grounds;

    CommandLine(Grounds grounds) {
        this.grounds = grounds;
    }

    @Override
    public String name() {
        return "cli";
    }

    @Override
    public String about() {
        return "cove ls with 20 VMs, and cove --help";
    }

    @Override
    public List<Figure> measure(Turns turns, Consumer<String> progress) throws Exception {
        try (var after = new Closer()) {
            var daemon = after.own(DaemonProcess.machineless(grounds));
            new ImageCache(grounds.images()).give(Kind.SLIM.image(), daemon, progress);
            for (var i = 0; i < VMS; i++) {
                var creation = Kind.SLIM.cold("bench-" + i);
                daemon.client().create(creation, WITHIN);
            }
            var sides =
                    List.of(
                            Side.of("cove ls", () -> wallTime(grounds, daemon, VMS + 1, "ls")),
                            Side.of("cove --help", () -> wallTime(grounds, daemon, 10, "--help")));
            var taken = new Turns(turns.rounds() * RUNS_PER_TURN, 2).of(sides, _ -> {});
            return List.of(
                    new Figure.Limit("cove ls with 20 VMs", taken.getFirst(), 0.5, GOAL),
                    new Figure.Limit("cove --help", taken.getLast(), 0.5, GOAL));
        }
    }

    /// @param lines how many it has to print at least
    static Duration wallTime(Grounds grounds, DaemonProcess daemon, int lines, String... words)
            throws IOException, InterruptedException {
        var printed = Path.of(grounds.scratch().toString(), "printed").toFile();
        var builder =
                new ProcessBuilder(daemon.command(words))
                        .redirectErrorStream(true)
                        .redirectOutput(printed);
        builder.environment().put("COVE_HOST", daemon.address());
        var begun = System.nanoTime();
        var process = builder.start();
        var ended = process.waitFor(WITHIN.toSeconds(), TimeUnit.SECONDS);
        var took = Duration.ofNanos(System.nanoTime() - begun);
        var text = java.nio.file.Files.readString(printed.toPath());
        if (!ended || process.exitValue() != 0 || text.lines().count() < lines) {
            throw new IllegalStateException(String.join(" ", words) + " went wrong: " + text);
        }
        return took;
    }
}

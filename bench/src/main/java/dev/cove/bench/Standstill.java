package dev.cove.bench;

import dev.cove.client.CoveClient;
import dev.cove.client.ExecCommand;
import dev.cove.platform.Closer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/// For how long a running VM stands still when it is forked, its disk included, as the answer says:
/// one at rest, and one whose guest rewrites its memory.
record Standstill(Grounds grounds, Family family) implements CopySection {
    private static final int MEBIBYTES = 512;
    private static final String AT_REST = "bench-at-rest";
    private static final String BUSY = "bench-busy";
    private static final String COPY = "bench-copy";
    private static final double SHARE = 0.95;
    private static final Duration AT_MOST = Duration.ofMillis(25);
    private static final Duration AT_MOST_WHEN_BUSY = Duration.ofMillis(60);
    private static final Duration WITHIN = Duration.ofMinutes(5);

    /// Rewrites 20 MiB of memory for ever; no zeros, which would be quick to send. Says when it has
    /// begun.
    private static final String REWRITE =
            """
            set -e
            mkdir -p /run/bench
            mount -t tmpfs none /run/bench
            head -c 20M /dev/urandom >/run/bench/one
            cp /run/bench/one /run/bench/other
            (while dd if=/run/bench/one of=/run/bench/other bs=1M conv=notrunc; do :; done) \
                </dev/null >/dev/null 2>&1 &
            echo rewriting
            """;

    @Override
    public String name() {
        return family.section("standstill");
    }

    @Override
    public String about() {
        return "for how long a running " + kind().image() + " stands still when it is forked";
    }

    @Override
    public int mebibytes() {
        return MEBIBYTES;
    }

    @Override
    public List<Figure> measure(Turns turns, Consumer<String> progress) throws Exception {
        try (var after = new Closer()) {
            var cove = daemonWithTemplate(after, progress).client();
            for (var name : List.of(AT_REST, BUSY)) {
                Vms.requireRunning(cove.create(kind().forked(name), WITHIN), "template");
            }
            // One after the other: a guest that is busy takes the other one's processor, too.
            var atRest = turns.of(List.of(Side.of("at rest", () -> fork(cove, AT_REST))), progress);
            rewrite(cove);
            var busy = turns.of(List.of(Side.of("busy", () -> fork(cove, BUSY))), progress);
            return List.of(
                    figure("forked at rest", atRest.getFirst(), AT_MOST),
                    figure("forked while it rewrites 20 MiB", busy.getFirst(), AT_MOST_WHEN_BUSY));
        }
    }

    private Figure figure(String what, Samples taken, Duration atMost) {
        return new Figure.Limit(kind().image() + " stands still, " + what, taken, SHARE, atMost);
    }

    /// The copy is taken away before it runs: it would be as busy as the original.
    private static Duration fork(CoveClient cove, String source) {
        try (var after = new Closer()) {
            after.onClose(() -> Vms.destroy(cove, COPY, WITHIN));
            return Vms.standstill(Vms.fork(cove, source, COPY, Optional.empty(), Duration.ZERO));
        }
    }

    private static void rewrite(CoveClient cove) throws IOException {
        var said = new ByteArrayOutputStream();
        var command =
                new ExecCommand(
                        List.of("bash", "-c", REWRITE),
                        Map.of(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty());
        try (var session = cove.exec(BUSY, command)) {
            session.endInput();
            session.run(said, said);
        }
        if (!said.toString(StandardCharsets.UTF_8).contains("rewriting")) {
            throw new IllegalStateException(BUSY + " does not rewrite its memory: " + said);
        }
    }
}

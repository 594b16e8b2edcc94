package dev.cove.bench;

import dev.cove.client.CoveClient;
import dev.cove.client.ExecCommand;
import dev.cove.client.ExecSession;
import dev.cove.platform.Closer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/// How far a guest's clock is from the host's when it has run for a while.
final class Clocks implements Section {
    /// What the figure is about.
    static final Duration USUAL = Duration.ofMinutes(10);

    private static final String NAME = "bench-clock";
    private static final int QUESTIONS = 30;
    private static final Duration WITHIN = Duration.ofMinutes(3);

    private final Grounds grounds;
    private final Duration uptime;

    Clocks(Grounds grounds, Duration uptime) {
        this.grounds = grounds;
        this.uptime = uptime;
    }

    @Override
    public String name() {
        return "clock";
    }

    @Override
    public String about() {
        return "a guest's clock against the host's, after "
                + uptime.toMinutes()
                + " minutes (COVE_BENCH_MINUTES)";
    }

    @Override
    public List<Figure> measure(Turns turns, Consumer<String> progress) throws Exception {
        try (var after = new Closer()) {
            var daemon = after.own(DaemonProcess.real(grounds));
            new ImageCache(grounds.images()).give(Kind.SLIM.image(), daemon, progress);
            var cove = daemon.client();
            after.onClose(() -> cove.destroy(NAME, true, WITHIN));
            cove.create(Kind.SLIM.cold(NAME), Duration.ZERO);
            Vms.await(cove, NAME, "running", WITHIN);
            var end = Instant.now().plus(uptime);
            var off = ask(cove);
            progress.accept("at first: " + off);
            while (Instant.now().isBefore(end)) {
                var left = Duration.between(Instant.now(), end);
                Thread.sleep(
                        left.compareTo(Duration.ofMinutes(1)) < 0 ? left : Duration.ofMinutes(1));
                off = ask(cove);
                progress.accept(left.toSeconds() + " s before the end: " + off);
            }
            return List.of(
                    new Figure.Limit(
                            "a guest's clock after " + uptime.toMinutes() + " minutes, off by",
                            new Samples("guest", List.of(off.worst())),
                            0.5,
                            Duration.ofMillis(100)));
        }
    }

    /// The answer of the quickest of some questions: the guest read its clock somewhere between
    /// question and answer.
    private static Offset ask(CoveClient cove) throws IOException, InterruptedException {
        var line = List.of("bash", "-c", "while read x; do echo $EPOCHREALTIME; done");
        var command =
                new ExecCommand(
                        line, Map.of(), Optional.empty(), Optional.empty(), Optional.empty());
        try (var session = cove.exec(NAME, command);
                var answers = new PipedInputStream();
                var pipe = new PipedOutputStream(answers);
                var reader =
                        new BufferedReader(
                                new InputStreamReader(answers, StandardCharsets.US_ASCII))) {
            var copying =
                    Thread.ofVirtual()
                            .start(() -> session.run(pipe, OutputStream.nullOutputStream()));
            var best = Optional.<Offset>empty();
            for (var i = 0; i < QUESTIONS; i++) {
                var offset = ask(session, reader);
                if (best.isEmpty() || offset.doubt().compareTo(best.get().doubt()) < 0) {
                    best = Optional.of(offset);
                }
            }
            session.endInput();
            copying.join(WITHIN);
            return best.orElseThrow();
        }
    }

    private static Offset ask(ExecSession session, BufferedReader answers) throws IOException {
        var before = Instant.now();
        session.input(new byte[] {'\n'}, 0, 1);
        var line = answers.readLine();
        var after = Instant.now();
        if (line == null) {
            throw new IOException("the guest's shell has ended");
        }
        var micros = Long.parseLong(line.replaceAll("\\D", ""));
        var guest = Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
        var half = Duration.between(before, after).dividedBy(2);
        return new Offset(Duration.between(before.plus(half), guest), half);
    }

    /// @param by how far the guest is ahead
    /// @param doubt by how much more or less that may be
    record Offset(Duration by, Duration doubt) {
        Duration worst() {
            return by.abs().plus(doubt);
        }

        @Override
        public String toString() {
            return Report.millis(by) + " ms, within " + Report.millis(doubt) + " ms";
        }
    }
}

package dev.cove.cli;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Map;

/// A user who types a command: no terminal, a home of their own, and a daemon if there is one.
final class Stage {
    private final Path home;
    private final String host;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private String input = "";

    Stage(Path home, String host) {
        this.home = home;
        this.host = host;
    }

    Stage typing(String text) {
        input = text;
        return this;
    }

    int run(String... words) {
        out.reset();
        err.reset();
        return new Cli(here()).run(words);
    }

    Surroundings here() {
        return new Surroundings(
                new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
                new PrintStream(out, false, StandardCharsets.UTF_8),
                new PrintStream(err, false, StandardCharsets.UTF_8),
                Map.of("COVE_HOST", host),
                home,
                home.resolve(".config/cove"),
                "",
                "/opt/cove/cove",
                Clock.fixed(Instant.parse("2026-01-01T00:03:00Z"), ZoneOffset.UTC));
    }

    String out() {
        return out.toString(StandardCharsets.UTF_8);
    }

    String err() {
        return err.toString(StandardCharsets.UTF_8);
    }
}

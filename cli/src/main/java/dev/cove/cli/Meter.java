package dev.cove.cli;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;

/// Counts what goes through, and says how fast.
final class Meter {
    private static final double MEBIBYTE = 1 << 20;

    private final Clock clock;
    private final Instant start;
    private final Consumer<String> says;
    private long count;

    /// @param says is told again and again what to show
    Meter(Clock clock, Consumer<String> says) {
        this.clock = clock;
        this.start = clock.instant();
        this.says = says;
    }

    OutputStream through(OutputStream out) {
        return new FilterOutputStream(out) {
            @Override
            public void write(int b) throws IOException {
                out.write(b);
                add(1);
            }

            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                out.write(bytes, offset, length);
                add(length);
            }
        };
    }

    private void add(int length) {
        count += length;
        says.accept(text());
    }

    long count() {
        return count;
    }

    Duration took() {
        return Duration.between(start, clock.instant());
    }

    /// As `61.2M, 29.0M/s`.
    String text() {
        return size(count) + rate().map(r -> ", " + r).orElse("");
    }

    /// As `61.2M in 2.1 s (29.0M/s)`.
    String account() {
        return size(count)
                + " in "
                + Outcome.seconds(took())
                + rate().map(r -> " (" + r + ")").orElse("");
    }

    private Optional<String> rate() {
        var seconds = took().toMillis() / 1000.0;
        return seconds <= 0
                ? Optional.empty()
                : Optional.of(String.format(Locale.ROOT, "%.1fM/s", count / seconds / MEBIBYTE));
    }

    static String size(long bytes) {
        return bytes < MEBIBYTE
                ? (bytes + 1023) / 1024 + "K"
                : String.format(Locale.ROOT, "%.1fM", bytes / MEBIBYTE);
    }
}

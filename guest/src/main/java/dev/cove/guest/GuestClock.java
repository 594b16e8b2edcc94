package dev.cove.guest;

import dev.cove.core.port.Machine;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Sets a guest's clock by the host's, over its channel: the one that a guest reads at its start
/// knows whole seconds only, and an emulated one drifts.
final class GuestClock {
    private static final Logger LOG = LoggerFactory.getLogger(GuestClock.class);
    private static final Duration WITHIN = Duration.ofSeconds(30);
    private static final Duration GOOD = Duration.ofMillis(30);
    private static final int TRIES = 4;

    private static final String ANSWER = "time ";

    private final InstantSource time;

    GuestClock(InstantSource time) {
        this.time = time;
    }

    /// Begins and does not wait: the guest's agent takes up to two seconds.
    void set(Machine machine) {
        Thread.ofVirtual().name("guest-clock").start(() -> attempt(machine));
    }

    private void attempt(Machine machine) {
        try (var channel = machine.openGuestChannel()) {
            var talk = new FutureTask<>(() -> converse(channel));
            Thread.ofVirtual().name("guest-clock-talk").start(talk);
            var off = talk.get(WITHIN.toMillis(), TimeUnit.MILLISECONDS);
            LOG.debug("a guest's clock was set, and is off by {}", off);
        } catch (IOException | ExecutionException | TimeoutException e) {
            // It has turned itself off, or is not one of Cove's: its clock is its own affair.
            LOG.debug("a guest's clock was not set: {}", e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// A busy guest hears late what time it was; then it is told again.
    ///
    /// @return by how much it is off at most
    private Duration converse(SocketChannel channel) throws IOException {
        var lines = new GuestLines(channel);
        var off = WITHIN;
        for (var i = 0; i < TRIES && off.compareTo(GOOD) > 0; i++) {
            var nanos = ChronoUnit.NANOS.between(Instant.EPOCH, time.instant());
            var word = ANSWER + nanos + "\n";
            channel.write(ByteBuffer.wrap(word.getBytes(StandardCharsets.US_ASCII)));
            var line = lines.next();
            while (line != null && instant(line).isEmpty()) {
                line = lines.next();
            }
            if (line == null) {
                throw new IOException("it says too much");
            }
            off = Duration.between(instant(line).orElseThrow(), time.instant()).abs();
        }
        return off;
    }

    private static Optional<Instant> instant(String line) {
        var digits = line.startsWith(ANSWER) ? line.substring(ANSWER.length()) : "";
        return digits.matches("[1-8]?\\d{10,18}")
                ? Optional.of(Instant.EPOCH.plusNanos(Long.parseLong(digits)))
                : Optional.empty();
    }
}

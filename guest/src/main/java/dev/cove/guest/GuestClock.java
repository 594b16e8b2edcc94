package dev.cove.guest;

import dev.cove.core.CoveException;
import dev.cove.core.port.Machine;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Sets a guest's clock by the host's, over its channel: the one that a guest reads at its start
/// knows whole seconds only, and an emulated one drifts.
final class GuestClock {
    private static final Logger LOG = LoggerFactory.getLogger(GuestClock.class);
    private static final Duration WITHIN = Duration.ofSeconds(30);
    private static final int TRIES = 6;

    /// Nobody's clock jumps for less: programs notice when one goes back.
    private static final Duration GOOD = Duration.ofMillis(20);

    private final InstantSource time;
    private final RandomGenerator random;

    GuestClock(InstantSource time, RandomGenerator random) {
        this.time = time;
        this.random = random;
    }

    Instant now() {
        return time.instant();
    }

    /// Begins and does not wait.
    void set(Machine machine) {
        Thread.ofVirtual().name("guest-clock").start(() -> attempt(machine));
    }

    private void attempt(Machine machine) {
        try {
            var off = GuestTalk.with(machine, WITHIN, random, this::settle);
            LOG.debug("a guest's clock was set, and is off by {}", off);
        } catch (CoveException e) {
            // It has turned itself off, or is not one of Cove's: its clock is its own affair.
            LOG.debug("a guest's clock was not set: {}", e.sentence());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// Whether a clock that showed this a moment ago is right, however long that moment was.
    boolean isGood(Instant shown) {
        return Duration.between(shown, now()).abs().compareTo(GOOD) <= 0;
    }

    /// Asks for the guest's time and moves it, until it is right: a busy guest answers late, so
    /// that a first look can be too rough to act on.
    ///
    /// @return by how much it is off
    Duration settle(GuestTalk talk) throws IOException {
        var look = look(talk);
        for (var i = 0; i < TRIES && look.off.abs().compareTo(GOOD) > 0; i++) {
            if (look.off.abs().compareTo(look.doubt) > 0) {
                var back = look.off.negated();
                talk.tell(calls -> calls.shiftClock(back));
            }
            look = look(talk);
        }
        return look.off;
    }

    private Look look(GuestTalk talk) throws IOException {
        var asked = now();
        var shown = talk.tell(calls -> calls);
        var half = Duration.between(asked, now()).dividedBy(2);
        return new Look(Duration.between(asked.plus(half), shown), half);
    }

    /// @param off by how much the guest's clock is ahead
    /// @param doubt by how much that may be wrong
    private record Look(Duration off, Duration doubt) {}
}

package dev.cove.core.control;

import dev.cove.core.Owner;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// How many guests get ready at once. Getting ready takes a processor: where too many share it,
/// each passes a limit of its own (an SSH handshake's, say) and begins again, which takes from all
/// the others. So some get ready and the rest wait, first come, first served; but an owner who has
/// fewer of the places goes first, so that nobody waits for all that somebody else has asked for.
///
/// It is a courtesy and not a lock. A place that has been held for longer than the patience does
/// not count any more, so a guest that hangs, or means to, keeps nobody out. Nobody is ever
/// blocked: whoever has to wait is told so, and called when it has a place. After a crash nobody
/// holds any.
final class Places {
    private final int most;
    private final Duration patience;
    private final Time time;
    private final List<Place> held = new ArrayList<>(); // guarded by this
    private final List<Place> waiting = new ArrayList<>(); // guarded by this; in order of coming

    /// @param most how many there are, one at least
    /// @param patience for how long one counts
    Places(int most, Duration patience, Time time) {
        if (most < 1) {
            throw new IllegalArgumentException("nobody ever gets one of " + most + " places");
        }
        this.most = most;
        this.patience = patience;
        this.time = time;
    }

    /// One VM's, which it does not have yet.
    ///
    /// @param onTurn called when it has got it after it had to wait; by any thread, and not to
    ///   block
    Place of(Runnable onTurn) {
        return new Place(onTurn);
    }

    /// Gives free places to those who wait.
    ///
    /// @param caller need not be called
    private void serve(Place caller) {
        var now = time.ticks().getAsLong();
        while (!waiting.isEmpty() && counting(now).count() < most) {
            var next = next(now);
            waiting.remove(next);
            held.add(next);
            next.since = now;
            if (next != caller) {
                next.onTurn.run();
            }
        }
    }

    private Place next(long now) {
        var has = counting(now).collect(Collectors.groupingBy(p -> p.owner, Collectors.counting()));
        return waiting.stream()
                .min(
                        Comparator.comparing((Place p) -> p.letsOthersPass(now))
                                .thenComparing(p -> has.getOrDefault(p.owner, 0L)))
                .orElseThrow();
    }

    /// Those that still keep others waiting.
    private Stream<Place> counting(long now) {
        return held.stream().filter(p -> p.left(now) > 0);
    }

    /// What a VM holds while its guest gets ready.
    final class Place {
        private final Runnable onTurn;
        private Owner owner = new Owner("nobody"); // guarded by Places.this, as all that follows
        private boolean hidden;
        private boolean begun; // whether it has come for what it has got
        private long since; // ticks: of coming while it waits, of getting it, of coming for it

        private Place(Runnable onTurn) {
            this.onTurn = onTurn;
        }

        /// Takes it, or waits for it from the first time on that it is asked for.
        ///
        /// @param whose the VM is
        /// @param nobodyWaits for the VM: others that come within the patience go before it
        /// @return when to ask again at the latest; empty when it has it
        Optional<Duration> take(Owner whose, boolean nobodyWaits) {
            synchronized (Places.this) {
                var now = time.ticks().getAsLong();
                owner = whose;
                hidden = nobodyWaits;
                come(now);
                serve(this);
                if (!held.contains(this)) {
                    return Optional.of(untilOneIsOver(now));
                }
                if (!begun) {
                    begun = true;
                    since = now;
                }
                return Optional.empty();
            }
        }

        private void come(long now) {
            if (held.contains(this)) {
                if (!begun && left(now) <= 0) {
                    // It was called, and came so late that another has it by now.
                    held.remove(this);
                    waiting.addFirst(this);
                }
            } else if (!waiting.contains(this)) {
                waiting.add(this);
                begun = false;
                since = now;
            }
        }

        /// Waits for it no more, if it did.
        void giveUp() {
            synchronized (Places.this) {
                waiting.remove(this);
            }
        }

        /// Gives it back, or waits for it no more. Doing it twice is doing it once.
        void leave() {
            synchronized (Places.this) {
                waiting.remove(this);
                if (held.remove(this)) {
                    serve(this);
                }
            }
        }

        private Duration untilOneIsOver(long now) {
            return Duration.ofNanos(counting(now).mapToLong(p -> p.left(now)).min().orElseThrow());
        }

        /// For how long it counts yet, in ticks.
        private long left(long now) {
            return since + patience.toNanos() - now;
        }

        /// Not for ever.
        private boolean letsOthersPass(long now) {
            return hidden && left(now) > 0;
        }
    }
}

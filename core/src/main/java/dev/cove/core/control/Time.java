package dev.cove.core.control;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.LongSupplier;

/// The two clocks: one for what is shown, and one that never jumps for what is measured and
/// awaited.
///
/// @param ticks nanoseconds from an arbitrary start
public record Time(InstantSource wall, LongSupplier ticks) {
    public static final Time REAL = new Time(InstantSource.system(), System::nanoTime);

    public Instant now() {
        return wall.instant();
    }

    public Duration since(long start) {
        return Duration.ofNanos(ticks.getAsLong() - start);
    }
}

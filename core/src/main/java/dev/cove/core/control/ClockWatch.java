package dev.cove.core.control;

import dev.cove.core.port.Boot;
import dev.cove.core.port.Machine;
import java.time.Duration;
import java.util.Optional;

/// Has a guest's clock set once it is ready, and again now and then: clocks drift, most of all
/// emulated ones.
final class ClockWatch {
    private static final Duration EVERY = Duration.ofMinutes(5);

    private final Time time;
    private Optional<Machine> known = Optional.empty();
    private long setAt;

    ClockWatch(Time time) {
        this.time = time;
    }

    void look(Boot boot, Machine machine) {
        var fresh = known.filter(m -> m.equals(machine)).isEmpty();
        if (fresh || time.since(setAt).compareTo(EVERY) >= 0) {
            known = Optional.of(machine);
            setAt = time.ticks().getAsLong();
            boot.setClock(machine);
        }
    }
}

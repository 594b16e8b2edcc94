package dev.cove.core.control;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;

/// What each step of a launch took, in the order in which they ended.
final class Timings {
    private final Time time;
    private final Map<String, Duration> steps = new LinkedHashMap<>();
    private int launch = -1;
    private OptionalLong begun = OptionalLong.empty();
    private OptionalLong queuedFrom = OptionalLong.empty();

    Timings(Time time) {
        this.time = time;
    }

    /// Those that an earlier daemon took.
    void remember(Map<String, Duration> known) {
        steps.putAll(known);
    }

    /// Begins those of a launch, unless they have begun.
    void begin(int newLaunch) {
        if (launch != newLaunch) {
            begin();
            launch = newLaunch;
        }
    }

    /// Begins anew.
    void begin() {
        begun = OptionalLong.of(time.ticks().getAsLong());
        queuedFrom = OptionalLong.empty();
        steps.clear();
    }

    /// It waits for its turn from now on.
    ///
    /// @return false when it did so already
    boolean queue() {
        if (queuedFrom.isPresent()) {
            return false;
        }
        queuedFrom = OptionalLong.of(time.ticks().getAsLong());
        return true;
    }

    /// It is its turn, at once or after all.
    void unqueue() {
        queuedFrom.ifPresent(from -> put("queue", time.since(from)));
        queuedFrom = OptionalLong.empty();
    }

    void take(String step, Runnable work) {
        var start = time.ticks().getAsLong();
        work.run();
        put(step, time.since(start));
    }

    /// The same, of a step that is taken more than once.
    void add(String step, Runnable work) {
        var before = steps.getOrDefault(step, Duration.ZERO);
        take(step, work);
        steps.computeIfPresent(step, (_, took) -> took.plus(before));
    }

    void put(String step, Duration took) {
        steps.put(step, took);
    }

    /// All of it, from the first step on; nothing when that was an earlier daemon's.
    void total() {
        begun.ifPresentOrElse(from -> put("total", time.since(from)), () -> steps.remove("total"));
    }

    Map<String, Duration> all() {
        return new LinkedHashMap<>(steps);
    }
}

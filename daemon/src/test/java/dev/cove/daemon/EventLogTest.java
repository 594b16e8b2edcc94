package dev.cove.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cove.core.Caller;
import dev.cove.core.Event;
import dev.cove.core.Owner;
import dev.cove.core.control.Events;
import dev.cove.core.control.Time;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class EventLogTest {
    private static final Owner SOMEBODY = new Owner("somebody");
    private static final Caller ALL = new Caller(new Owner("cove"), true);

    private final Events events = new Events(Time.REAL);
    private final BlockingQueue<Event> written = new LinkedBlockingQueue<>();

    @Test
    void writesWhatAVmHasComeToAndNotWhatItIsDoing() throws InterruptedException {
        try (var _ = EventLog.of(events, ALL, written::add)) {
            state("starting");
            events.publish("vm.step", "vm-abcd1234", SOMEBODY, Map.of("step", "starting QEMU"));
            state("running");
            events.publish(
                    "vm.state",
                    "vm-abcd1234",
                    SOMEBODY,
                    Map.of("state", "failed", "reason", "its machine has died"));

            assertThat(next().details()).containsEntry("state", "running");
            assertThat(next().details()).containsEntry("reason", "its machine has died");
            assertThat(written).isEmpty();
        }
    }

    @Test
    void holdsNobodyUpWhenTheLogIsStuck() throws InterruptedException {
        var stuck = new LinkedBlockingQueue<Event>(1);
        try (var _ = EventLog.of(events, ALL, event -> put(stuck, event))) {
            for (var i = 0; i < 10_000; i++) {
                state("running");
            }

            assertThat(stuck.poll(10, TimeUnit.SECONDS)).isNotNull();
        }
    }

    private void state(String state) {
        events.publish("vm.state", "vm-abcd1234", SOMEBODY, Map.of("state", state));
    }

    private Event next() throws InterruptedException {
        var event = written.poll(10, TimeUnit.SECONDS);
        assertThat(event).isNotNull();
        return java.util.Objects.requireNonNull(event);
    }

    private static void put(BlockingQueue<Event> stuck, Event event) {
        try {
            stuck.put(event);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

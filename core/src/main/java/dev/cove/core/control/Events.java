package dev.cove.core.control;

import dev.cove.core.Caller;
import dev.cove.core.Event;
import dev.cove.core.Event.Audience;
import dev.cove.core.Owner;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/// What happens, told to whoever listens, and kept for a while for whoever comes back. Numbers
/// start at the daemon's start time in microseconds, so that those of an earlier life are always
/// smaller.
public final class Events {
    private static final int KEPT = 8192;

    private final Time time;
    private final Deque<Event> kept = new ArrayDeque<>();
    private final List<Subscriber> subscribers = new CopyOnWriteArrayList<>();
    private long next;

    public Events(Time time) {
        this.time = time;
        this.next = Math.multiplyExact(time.now().toEpochMilli(), 1000L);
    }

    /// Tells of something that is its owner's.
    public void publish(String type, String subject, Owner owner, Map<String, String> details) {
        publish(type, subject, new Audience.OwnerAlone(owner), details);
    }

    /// Tells administrators alone.
    public void publishInside(String type, String subject, Map<String, String> details) {
        publish(type, subject, new Audience.AdministratorsAlone(), details);
    }

    /// Tells of something that is everybody's.
    public void publish(String type, String subject, Map<String, String> details) {
        publish(type, subject, new Audience.Everybody(), details);
    }

    /// Listeners run on the caller's thread, one event after the other.
    private synchronized void publish(
            String type, String subject, Audience audience, Map<String, String> details) {
        var event = new Event(next++, time.now(), type, subject, audience, details);
        kept.addLast(event);
        if (kept.size() > KEPT) {
            kept.removeFirst();
        }
        subscribers.forEach(s -> s.tell(event));
    }

    /// Calls the listener for each event that the caller may see: first those after a number, if
    /// one is given, then the new ones. The listener is quick: it may put an event into a queue.
    ///
    /// @return what to close, and whether events after that number had been dropped already
    public synchronized Subscription subscribe(
            Caller caller, OptionalLong after, Consumer<Event> listener) {
        var subscriber = new Subscriber(caller, listener);
        var missed = false;
        if (after.isPresent()) {
            missed = kept.isEmpty() || kept.getFirst().number() > after.getAsLong() + 1;
            new ArrayList<>(kept)
                    .stream().filter(e -> e.number() > after.getAsLong()).forEach(subscriber::tell);
        }
        subscribers.add(subscriber);
        return new Subscription(missed, () -> subscribers.remove(subscriber));
    }

    /// @param missed whether events are lost between the number asked for and the first one told
    public record Subscription(boolean missed, Runnable end) implements AutoCloseable {
        @Override
        public void close() {
            end.run();
        }
    }

    private static final class Subscriber {
        private final Caller caller;
        private final Consumer<Event> listener;

        Subscriber(Caller caller, Consumer<Event> listener) {
            this.caller = caller;
            this.listener = listener;
        }

        void tell(Event event) {
            if (event.audience().includes(caller)) {
                listener.accept(event);
            }
        }
    }
}

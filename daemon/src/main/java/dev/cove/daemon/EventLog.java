package dev.cove.daemon;

import dev.cove.core.Caller;
import dev.cove.core.Event;
import dev.cove.core.control.Events;
import dev.cove.platform.Closer;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Writes into the log what VMs and images come to, with the reason where there is one. What is
/// done on the way there is for `cove events`.
final class EventLog implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(EventLog.class);

    /// A log that nobody takes in time loses what is beyond this, and holds up nobody.
    private static final int WAITING = 4096;

    private static final Set<String> TYPES =
            Set.of(
                    "vm.created",
                    "vm.state",
                    "vm.renamed",
                    "vm.resized",
                    "vm.deleted",
                    "image.ready",
                    "image.failed",
                    "image.deleted");
    private static final Set<String> ENDS = Set.of("running", "stopped", "asleep", "failed");

    private final BlockingQueue<Event> waiting = new LinkedBlockingQueue<>(WAITING);
    private final Closer parts = new Closer();

    private EventLog(Consumer<Event> write) {
        var writer = Thread.ofVirtual().name("event log").start(() -> write(write));
        parts.onClose(writer::interrupt);
    }

    /// @param all who may see all there is
    static EventLog of(Events events, Caller all) {
        return of(events, all, EventLog::write);
    }

    static EventLog of(Events events, Caller all, Consumer<Event> write) {
        var log = new EventLog(write);
        log.parts.own(events.subscribe(all, OptionalLong.empty(), log::note));
        return log;
    }

    @Override
    public void close() {
        parts.close();
    }

    private void note(Event event) {
        var state = event.details().getOrDefault("state", "").toLowerCase(Locale.ROOT);
        var between = event.type().equals("vm.state") && !ENDS.contains(state);
        if (TYPES.contains(event.type()) && !between && !waiting.offer(event)) {
            LOG.trace("one more than can be written");
        }
    }

    private void write(Consumer<Event> write) {
        try {
            while (true) {
                write.accept(waiting.take());
            }
        } catch (InterruptedException e) {
            LOG.trace("nothing more is written");
        }
    }

    private static void write(Event event) {
        var details = event.details();
        var name = details.containsKey("name") ? " \"" + details.get("name") + "\"" : "";
        var state = details.containsKey("state") ? " " + details.get("state") : "";
        var reason = details.getOrDefault("reason", details.getOrDefault("message", ""));
        if (reason.isEmpty()) {
            LOG.info("{} {}{}{}", event.type(), event.subject(), name, state);
        } else {
            LOG.warn("{} {}{}{}: {}", event.type(), event.subject(), name, state, reason);
        }
    }
}

package dev.cove.api;

import dev.cove.core.CoveException;
import dev.cove.core.Event;
import dev.cove.core.Printable;
import dev.cove.core.control.Events;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/// `/v1/events`: what happens, as server-sent events (HTML standard, 9.2).
final class EventRoutes {
    /// More than `Events` keeps, so that all of it fits when a client resumes.
    private static final int BACKLOG = 10_000;

    private static final Duration LOOK = Duration.ofSeconds(1);

    private final Events events;
    private final Slots slots;
    private final Json json;
    private final Duration heartbeat;
    private final Duration look;

    EventRoutes(Events events, Slots slots, Json json, Duration heartbeat) {
        this.events = events;
        this.slots = slots;
        this.json = json;
        this.heartbeat = heartbeat;
        this.look = heartbeat.compareTo(LOOK) < 0 ? heartbeat : LOOK;
    }

    void register(Routes routes) {
        routes.get("/v1/events", this::stream);
    }

    private void stream(Call call) throws Exception {
        var after = after(call);
        call.takeNoMore();
        try (var _ = slots.take(call.caller().owner())) {
            call.waiting(() -> {
                stream(call, after);
                return true;
            });
        }
    }

    private void stream(Call call, OptionalLong after) throws Exception {
        var queue = new ArrayBlockingQueue<Event>(BACKLOG);
        var overrun = new AtomicBoolean();
        try (var subscription =
                events.subscribe(
                        call.caller(),
                        after,
                        event -> {
                            if (!queue.offer(event)) {
                                overrun.set(true);
                            }
                        })) {
            var out = call.streaming("text/event-stream");
            write(out, subscription.missed() ? "event: missed\ndata: {}\n\n" : ": hello\n\n");
            var quiet = Duration.ZERO;
            while (!overrun.get() && !call.hungUp()) {
                var event = queue.poll(look.toMillis(), TimeUnit.MILLISECONDS);
                quiet = event == null ? quiet.plus(look) : Duration.ZERO;
                if (event != null) {
                    write(out, text(event));
                } else if (quiet.compareTo(heartbeat) >= 0) {
                    write(out, ": still here\n\n");
                    quiet = Duration.ZERO;
                }
            }
        }
        // Too slow: the connection ends in the middle, and the client resumes where it was.
    }

    private String text(Event event) {
        var data =
                new Views.Happening(
                        event.number(), event.at(), event.type(), event.subject(), event.details());
        return "id: "
                + event.number()
                + "\nevent: "
                + event.type()
                + "\ndata: "
                + json.text(data)
                + "\n\n";
    }

    private static void write(OutputStream out, String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.UTF_8));
        out.flush();
    }

    private static OptionalLong after(Call call) {
        var asked = call.query("after").text("after").orElse(call.header("Last-Event-ID"));
        if (asked.isEmpty()) {
            return OptionalLong.empty();
        }
        if (!asked.matches("\\d{1,18}")) {
            throw CoveException.invalid(
                    "the event to resume after is a number, not \""
                            + Printable.of(asked, 40)
                            + "\"");
        }
        return OptionalLong.of(Long.parseLong(asked));
    }
}

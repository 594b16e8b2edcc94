package dev.cove.cli;

import dev.cove.client.EventStream;
import dev.cove.core.CoveException;
import dev.cove.core.Printable;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A line on standard error that turns while something is done and names the step, as the daemon's
/// events tell it. Without a terminal there is none, or now and then a line that stays.
final class Progress implements AutoCloseable {
    private static final String[] FRAMES = {"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"};
    private static final long TURN_MILLIS = 100;

    private final PrintStream out;
    private final boolean terminal;
    private final @Nullable Thread turner;
    private final @Nullable EventStream events;
    private volatile String text;
    private volatile boolean done;

    private Progress(
            Surroundings here,
            String start,
            boolean quiet,
            Function<EventStream.Happening, String> words,
            Duration every) {
        out = here.stderr();
        terminal = here.isTerminal(2);
        text = start;
        if (quiet || (!terminal && every.isZero())) {
            turner = null;
            events = null;
            return;
        }
        events = open(here);
        turner =
                Thread.ofPlatform()
                        .daemon()
                        .name("progress")
                        .start(terminal ? this::turn : () -> tell(start, every));
        if (events != null) {
            Thread.ofPlatform().daemon().name("events").start(() -> follow(events, words));
        }
    }

    /// @param words what an event means in a few words; empty when it is about something else
    static Progress start(
            Surroundings here,
            String text,
            boolean quiet,
            Function<EventStream.Happening, String> words) {
        return new Progress(here, text, quiet, words, Duration.ZERO);
    }

    /// The same, and without a terminal a line of what has changed.
    ///
    /// @param every how often there is such a line at most
    static Progress telling(
            Surroundings here,
            String text,
            boolean quiet,
            Function<EventStream.Happening, String> words,
            Duration every) {
        return new Progress(here, text, quiet, words, every);
    }

    /// Of what is done to these VMs; the steps of one alone are told.
    static Progress of(List<String> names, String doing, boolean quiet, Surroundings here) {
        var one = names.size() == 1 ? names.getFirst() : "";
        return start(here, String.join(", ", names) + doing, quiet, steps(one));
    }

    /// The step of the VMs that are meant, whatever they are doing.
    static Function<EventStream.Happening, String> steps(String name) {
        return event -> {
            var details = event.data().at("details");
            var its = details.at("name").text("");
            if (!name.isEmpty()
                    && !name.equals(its)
                    && !name.equals(event.data().at("subject").text(""))) {
                return "";
            }
            var step = details.at("step").text().or(() -> details.at("state").text()).orElse("");
            return step.isEmpty() ? "" : its + ": " + step;
        };
    }

    private static @Nullable EventStream open(Surroundings here) {
        try {
            return here.client().events(java.util.Optional.empty());
        } catch (CoveException e) {
            // Then it turns without naming steps; the command itself will say what is wrong.
            return null;
        }
    }

    private void follow(EventStream stream, Function<EventStream.Happening, String> words) {
        try {
            for (var event = stream.next(); event.isPresent(); event = stream.next()) {
                var said = words.apply(event.get());
                if (!said.isEmpty()) {
                    text = said;
                }
            }
        } catch (CoveException e) {
            // The stream ends with the daemon; so does the command, which says so.
            text = "waiting";
        }
    }

    /// Says this from now on, until an event says more.
    void say(String words) {
        text = words;
    }

    private void turn() {
        for (var i = 0; !done; i++) {
            show(FRAMES[i % FRAMES.length] + " " + Printable.of(text, 70));
            try {
                Thread.sleep(TURN_MILLIS);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private void tell(String start, Duration every) {
        for (var last = start; !done; ) {
            try {
                Thread.sleep(every);
            } catch (InterruptedException e) {
                return;
            }
            var now = text;
            if (!now.equals(last)) {
                print(Printable.of(now, 70));
            }
            last = now;
        }
    }

    private synchronized void print(String line) {
        if (!done) {
            out.println(line);
            out.flush();
        }
    }

    private synchronized void show(String line) {
        if (!done) {
            out.print("\r\033[K" + line);
            out.flush();
        }
    }

    /// Lets somebody else write a line above.
    synchronized void aside(Runnable print) {
        if (turner != null && terminal) {
            out.print("\r\033[K");
            out.flush();
        }
        print.run();
    }

    /// Wipes the line away.
    @Override
    public void close() {
        if (turner == null) {
            return;
        }
        synchronized (this) {
            done = true;
            if (terminal) {
                out.print("\r\033[K");
                out.flush();
            }
        }
        turner.interrupt();
        if (events != null) {
            events.close();
        }
    }
}

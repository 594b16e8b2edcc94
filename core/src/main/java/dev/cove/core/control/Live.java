package dev.cove.core.control;

import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// An actor, its mailbox and the thread that takes its turns.
final class Live {
    private final VmActor actor;
    private final Mailbox mailbox;
    private @Nullable Thread thread;

    Live(VmActor actor, Mailbox mailbox) {
        this.actor = actor;
        this.mailbox = mailbox;
    }

    VmActor actor() {
        return actor;
    }

    Mailbox mailbox() {
        return mailbox;
    }

    /// Starts taking turns, unless it has started already.
    synchronized void begin(Consumer<Live> turns) {
        if (thread == null) {
            thread = Thread.ofVirtual().name("vm").start(() -> turns.accept(this));
        }
    }

    /// Waits for the turns to end.
    void end(Duration patience) {
        Thread running;
        synchronized (this) {
            running = thread;
        }
        try {
            if (running != null) {
                var _ = running.join(patience);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

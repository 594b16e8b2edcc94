package dev.cove.store;

import dev.cove.core.port.Store.Change;
import dev.cove.core.port.Store.Watch;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells watchers of commits, in order, on one thread. The queue to it is bounded: listeners that
/// do not keep up slow commits down rather than fill the memory.
final class Watchers implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Watchers.class);
    private static final int MOST_WAITING = 100_000;
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final BlockingQueue<Telling> queue = new LinkedBlockingQueue<>(MOST_WAITING);
    private final List<Listener> listeners = new CopyOnWriteArrayList<>();
    private final Thread thread;

    Watchers() {
        thread = Thread.ofPlatform().name("store-watch").daemon().start(this::run);
    }

    Watch add(String prefix, Consumer<Change> consumer) {
        var listener = new Listener(prefix, consumer);
        listeners.add(listener);
        return () -> {
            listener.closed = true;
            listeners.remove(listener);
        };
    }

    /// Passes on a change to those who listen now.
    void tell(Change change) {
        var hearers =
                listeners.stream().filter(l -> change.write().key().startsWith(l.prefix)).toList();
        if (!hearers.isEmpty()) {
            enqueue(new Telling(change, hearers));
        }
    }

    boolean isCaller() {
        return Thread.currentThread().equals(thread);
    }

    private record Telling(Change change, List<Listener> hearers) {}

    private static final class Listener {
        private final String prefix;
        private final Consumer<Change> consumer;
        private volatile boolean closed;

        Listener(String prefix, Consumer<Change> consumer) {
            this.prefix = prefix;
            this.consumer = consumer;
        }
    }

    private void enqueue(Telling telling) {
        try {
            while (thread.isAlive()
                    && !queue.offer(telling, PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                LOG.error("{} changes wait for a watcher that does not come back", queue.size());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try {
            while (true) {
                var telling = queue.take();
                for (var listener : telling.hearers) {
                    tell(listener, telling.change);
                }
            }
        } catch (InterruptedException e) {
            // The store is closed.
            listeners.clear();
        }
    }

    private static void tell(Listener listener, Change change) {
        if (listener.closed) {
            return;
        }
        try {
            listener.consumer.accept(change);
        } catch (RuntimeException | Error e) {
            LOG.error("a watcher of {} failed at {}", listener.prefix, change.write().key(), e);
        }
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}

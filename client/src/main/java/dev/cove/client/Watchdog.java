package dev.cove.client;

import java.time.Duration;

/// Closes a connection that takes too long: blocking reads of unix sockets know no time limit. A
/// platform thread, because the machinery of virtual threads takes longer to load than the request.
final class Watchdog implements AutoCloseable {
    private final Thread thread;
    private volatile boolean fired;
    private volatile boolean done;

    Watchdog(Duration limit, Wire wire) {
        thread = new Thread(() -> watch(limit, wire), "watchdog");
        thread.setDaemon(true);
        thread.start();
    }

    private void watch(Duration limit, Wire wire) {
        try {
            Thread.sleep(limit);
        } catch (InterruptedException e) {
            // The answer came in time.
            return;
        }
        if (!done) {
            fired = true;
            wire.close();
        }
    }

    /// Whether it was this that closed the connection.
    boolean fired() {
        return fired;
    }

    @Override
    public void close() {
        done = true;
        thread.interrupt();
    }
}

package dev.cove.api;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/// Looks now and then whether a client is still there, for a thread that waits for somebody else.
final class Attention implements AutoCloseable {
    private static final Duration EVERY = Duration.ofSeconds(1);

    private final BooleanSupplier hungUp;
    private boolean over;

    private Attention(BooleanSupplier hungUp) {
        this.hungUp = hungUp;
    }

    /// The caller closes it before it ends its answer.
    ///
    /// @param hungUp whether the client has gone; not asked any more after the end of `close`
    /// @param then run once when it has, on a thread of its own
    static Attention to(BooleanSupplier hungUp, Runnable then) {
        var attention = new Attention(hungUp);
        Thread.ofVirtual()
                .name("attention")
                .start(() -> {
                    if (attention.awaitHangUp()) {
                        then.run();
                    }
                });
        return attention;
    }

    private synchronized boolean awaitHangUp() {
        try {
            while (!over) {
                wait(EVERY.toMillis());
                if (!over && hungUp.getAsBoolean()) {
                    return true;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return false;
    }

    @Override
    public synchronized void close() {
        over = true;
        notifyAll();
    }
}

package dev.cove.daemon;

import dev.cove.core.control.Keeper;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Puts right, now and then, what others have disturbed.
final class Upkeep implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Upkeep.class);
    private static final Duration EVERY = Duration.ofSeconds(20);

    private final Thread thread;

    private Upkeep(Keeper keeper) {
        thread = Thread.ofVirtual().name("upkeep").start(() -> run(keeper));
    }

    static Upkeep of(Keeper keeper) {
        return new Upkeep(keeper);
    }

    @Override
    public void close() {
        thread.interrupt();
    }

    private static void run(Keeper keeper) {
        try {
            while (true) {
                Thread.sleep(EVERY);
                mend(keeper);
            }
        } catch (InterruptedException e) {
            LOG.debug("upkeep ends");
        }
    }

    private static void mend(Keeper keeper) {
        try {
            keeper.mend();
        } catch (RuntimeException e) {
            LOG.warn("the network could not be mended: {}", e.getMessage());
        }
    }
}

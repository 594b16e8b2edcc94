package dev.cove.daemon;

import dev.cove.core.control.Control;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Puts right, now and then, what others have disturbed, and tends to what is kept ready.
final class Upkeep implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Upkeep.class);
    private static final Duration EVERY = Duration.ofSeconds(20);

    /// Long enough to tell work from a timer that fires, short enough to be on time.
    private static final Duration IDLENESS = Duration.ofSeconds(5);

    private final Thread mending;
    private final Thread tending;
    private final Thread sleeper;

    private Upkeep(Control control) {
        mending = Thread.ofVirtual().name("upkeep").start(() -> mend(control));
        tending = Thread.ofVirtual().name("templates").start(() -> tend(control));
        sleeper = Thread.ofVirtual().name("sleeper").start(() -> putToSleep(control));
    }

    static Upkeep of(Control control) {
        return new Upkeep(control);
    }

    @Override
    public void close() {
        mending.interrupt();
        tending.interrupt();
        sleeper.interrupt();
    }

    private static void mend(Control control) {
        try {
            while (true) {
                Thread.sleep(EVERY);
                attempt("the network could not be mended", control.keeper()::mend);
                attempt("what copies began with could not be dropped", control.passing()::tidy);
            }
        } catch (InterruptedException e) {
            LOG.debug("upkeep ends");
        }
    }

    private static void tend(Control control) {
        try {
            control.templates()
                    .run(e -> LOG.warn("templates could not be tended to: {}", e.getMessage()));
        } catch (InterruptedException e) {
            LOG.debug("templates are tended to no more");
        }
    }

    private static void putToSleep(Control control) {
        try {
            while (true) {
                Thread.sleep(IDLENESS);
                attempt(
                        "nobody could be put to sleep",
                        () -> control.sleeper().look(Upkeep::notAsleep));
            }
        } catch (InterruptedException e) {
            LOG.debug("nobody is put to sleep any more");
        }
    }

    private static void notAsleep(RuntimeException e) {
        LOG.warn("a VM could not be put to sleep: {}", e.getMessage());
    }

    private static void attempt(String trouble, Runnable work) {
        try {
            work.run();
        } catch (RuntimeException e) {
            LOG.warn("{}: {}", trouble, e.getMessage());
        }
    }
}

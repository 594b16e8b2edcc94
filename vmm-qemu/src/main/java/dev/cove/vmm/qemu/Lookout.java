package dev.cove.vmm.qemu;

import dev.cove.core.port.Machine.Life;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A thread that looks at one machine every two seconds, and at once when there are news, until it
/// is dead; and tells those who listen each time that its life has changed.
final class Lookout {
    private static final Logger LOG = LoggerFactory.getLogger(Lookout.class);
    private static final Duration LOOK_EVERY = Duration.ofSeconds(2);

    private final String id;
    private final Supplier<Life> life;
    private final Look look;
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private final Semaphore news = new Semaphore(0);
    private volatile boolean ended;

    /// What there is to do at each look.
    interface Look {
        void run() throws InterruptedException;
    }

    Lookout(String id, Supplier<Life> life, Look look) {
        this.id = id;
        this.life = life;
        this.look = look;
    }

    void begin() {
        Thread.ofVirtual().name("machine " + id).start(this::watch);
    }

    void onChange(Runnable listener) {
        listeners.add(listener);
    }

    /// There are news.
    void wake() {
        news.release();
    }

    void end() {
        ended = true;
        wake();
    }

    private void watch() {
        var before = Life.RUNNING;
        try {
            while (!ended && before != Life.DEAD) {
                var now = life.get();
                if (now != before) {
                    before = now;
                    tell();
                }
                if (now != Life.DEAD && !ended) {
                    look.run();
                    var woken = news.tryAcquire(LOOK_EVERY.toMillis(), TimeUnit.MILLISECONDS);
                    LOG.trace("{} looked at, woken {}", id, woken);
                    news.drainPermits();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void tell() {
        for (var listener : listeners) {
            try {
                listener.run();
            } catch (RuntimeException e) {
                LOG.warn("{}: a listener failed", id, e);
            }
        }
    }
}

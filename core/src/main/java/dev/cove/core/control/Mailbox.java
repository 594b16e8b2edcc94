package dev.cove.core.control;

import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// How an actor learns that something has changed. A change says no more than "look again": it
/// wakes the actor when it rests, and interrupts it when it waits for a guest; a step that acts is
/// never interrupted.
final class Mailbox {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private boolean pending;
    private @Nullable Thread waiting;

    /// Something has changed.
    void poke() {
        lock.lock();
        try {
            pending = true;
            if (waiting != null) {
                waiting.interrupt();
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /// Everything is about to be looked at anew: changes until now are known.
    void clear() {
        lock.lock();
        try {
            pending = false;
        } finally {
            lock.unlock();
        }
    }

    /// Waits for a change.
    ///
    /// @param limit how long, at most
    void rest(Duration limit) throws InterruptedException {
        lock.lock();
        try {
            var left = limit.toNanos();
            while (!pending && left > 0) {
                left = changed.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }

    /// Does something that waits for a guest, until it ends or something changes.
    ///
    /// @throws InterruptedException when something has changed, before or meanwhile
    void unlessChanged(Waiting work) throws InterruptedException {
        lock.lock();
        try {
            if (pending) {
                throw new InterruptedException();
            }
            waiting = Thread.currentThread();
        } finally {
            lock.unlock();
        }
        try {
            work.run();
        } finally {
            lock.lock();
            try {
                waiting = null;
                // A poke that came too late for the work has set `pending` as well.
                Thread.interrupted();
            } finally {
                lock.unlock();
            }
        }
    }

    /// Something that waits for a guest.
    interface Waiting {
        void run() throws InterruptedException;
    }
}

package dev.cove.api;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.Callable;

/// The calls that are being served, so that the server can stop without cutting them off: those
/// that only wait or stream are interrupted, the others are given a moment.
final class Ongoing {
    private final Set<Thread> waiting = new HashSet<>();
    private int calls;
    private boolean ending;

    synchronized void begin() {
        calls++;
    }

    synchronized void end() {
        calls--;
        notifyAll();
    }

    /// Runs something that may be interrupted at any time.
    <T> T interruptibly(Callable<T> something) throws Exception {
        var self = Thread.currentThread();
        synchronized (this) {
            if (ending) {
                throw new InterruptedException("the server is stopping");
            }
            waiting.add(self);
        }
        try {
            return something.call();
        } finally {
            synchronized (this) {
                waiting.remove(self);
            }
            // An interrupt that came too late must not hit what this thread does next.
            var _ = Thread.interrupted();
        }
    }

    /// Interrupts those that wait, and returns when no call is left or time is up.
    synchronized void finish(Duration limit) {
        ending = true;
        waiting.forEach(Thread::interrupt);
        var until = System.nanoTime() + limit.toNanos();
        try {
            while (calls > 0 && until - System.nanoTime() > 0) {
                wait(Math.max(1, (until - System.nanoTime()) / 1_000_000));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

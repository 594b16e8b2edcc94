package dev.cove.platform;

import java.util.ArrayDeque;
import java.util.Deque;

/// Gives back what was taken, in reverse: register each thing at the moment it is acquired. In
/// try-with-resources it is the way back out of a half-done job; `release` hands over instead.
public final class Closer implements AutoCloseable {
    private final Deque<AutoCloseable> owned = new ArrayDeque<>();
    private boolean closed;

    /// @return the same thing, now owned; closed at once when the closer is closed already
    public synchronized <T extends AutoCloseable> T own(T resource) {
        if (closed) {
            closeAll(new ArrayDeque<>(java.util.List.of(resource)));
            throw new IllegalStateException("acquired after the end: " + resource);
        }
        owned.push(resource);
        return resource;
    }

    /// Registers a way back that is no object.
    public void onClose(AutoCloseable undo) {
        own(undo);
    }

    /// Closes nothing any more: someone else owns it all from here on.
    public synchronized void release() {
        owned.clear();
    }

    /// Hands everything over to another closer, and owns nothing any more.
    public synchronized Closer handOver() {
        var heir = new Closer();
        heir.owned.addAll(owned);
        owned.clear();
        return heir;
    }

    /// Closes everything, whatever fails on the way; the first failure is thrown, the others are
    /// suppressed in it.
    @Override
    public void close() {
        Deque<AutoCloseable> all;
        synchronized (this) {
            closed = true;
            all = new ArrayDeque<>(owned);
            owned.clear();
        }
        closeAll(all);
    }

    private static void closeAll(Deque<AutoCloseable> all) {
        RuntimeException first = null;
        for (var resource : all) {
            try {
                resource.close();
            } catch (Exception e) {
                if (e instanceof InterruptedException) {
                    Thread.currentThread().interrupt();
                }
                if (first == null) {
                    first = e instanceof RuntimeException r ? r : new IllegalStateException(e);
                } else {
                    first.addSuppressed(e);
                }
            }
        }
        if (first != null) {
            throw first;
        }
    }
}

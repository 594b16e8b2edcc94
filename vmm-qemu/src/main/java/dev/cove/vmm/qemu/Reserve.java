package dev.cove.vmm.qemu;

import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Memory for what has to be laid by quickly, in chunks that the kernel has given already: to be
/// given new memory takes as long as to fill it, and several times as long where this host is a
/// guest itself and its own host has to find some. All of it goes when nobody has used any for a
/// while.
final class Reserve {
    static final int CHUNK = 1 << 20;

    private static final Logger LOG = LoggerFactory.getLogger(Reserve.class);

    private final int most;
    private final Duration kept;
    private final Deque<Chunk> free = new ArrayDeque<>(); // guarded by this
    private int made; // guarded by this
    private long used = System.nanoTime(); // guarded by this
    private boolean watched; // guarded by this

    /// @param most how many chunks there may be at once
    /// @param kept for how long they stay when nobody uses any
    Reserve(int most, Duration kept) {
        this.most = most;
        this.kept = kept;
    }

    /// For whoever takes it, until it is given back.
    record Chunk(Arena arena, ByteBuffer bytes) {
        private static Chunk fresh() {
            var arena = Arena.ofShared();
            return new Chunk(arena, arena.allocate(CHUNK).asByteBuffer());
        }
    }

    /// Gets so many of them ready, if there may be as many.
    void warm(int chunks) {
        while (isWorthOne(chunks)) {
            add(Chunk.fresh());
        }
    }

    private synchronized boolean isWorthOne(int chunks) {
        return free.size() < chunks && count();
    }

    /// @return one that is empty; none when all that there may be are taken
    Optional<Chunk> take() {
        synchronized (this) {
            used = System.nanoTime();
            var first = free.poll();
            if (first != null) {
                return Optional.of(first);
            }
            if (!count()) {
                return Optional.empty();
            }
        }
        return Optional.of(Chunk.fresh());
    }

    void giveBack(Chunk chunk) {
        chunk.bytes().clear();
        add(chunk);
    }

    private synchronized boolean count() {
        if (made == most) {
            return false;
        }
        made++;
        return true;
    }

    private synchronized void add(Chunk chunk) {
        used = System.nanoTime();
        free.push(chunk);
        if (!watched) {
            watched = true;
            Thread.ofVirtual().name("memory in reserve").start(this::watch);
        }
    }

    private void watch() {
        try {
            while (!isOver()) {
                Thread.sleep(kept);
            }
        } catch (InterruptedException e) {
            LOG.warn("memory that was kept in reserve stays", e);
        }
    }

    private synchronized boolean isOver() {
        if (System.nanoTime() - used < kept.toNanos()) {
            return false;
        }
        made -= free.size();
        free.forEach(chunk -> chunk.arena().close());
        free.clear();
        watched = false;
        return true;
    }

    /// How many chunks there are, taken ones too.
    synchronized int size() {
        return made;
    }
}

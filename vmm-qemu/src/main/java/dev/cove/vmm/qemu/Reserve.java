package dev.cove.vmm.qemu;

import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Memory for what has to be laid by quickly, in chunks that the kernel has given already: to be
/// given new memory takes as long as to fill it, and several times as long where this host is a
/// guest itself and its own host has to find some. All of it goes when nobody has had a use for it
/// for a while.
final class Reserve {
    static final int CHUNK = 1 << 20;

    private static final Logger LOG = LoggerFactory.getLogger(Reserve.class);

    private final int most;
    private final int each;
    private final Duration kept;
    private final Deque<Chunk> free = new ArrayDeque<>(); // guarded by this
    private int made; // guarded by this
    private int claims; // guarded by this
    private long used = System.nanoTime(); // guarded by this
    private boolean watched; // guarded by this

    /// @param most how many chunks there may be at once
    /// @param each how many of them are got ready for everyone who claims some
    /// @param kept for how long they stay when nobody does; twice as long at most
    Reserve(int most, int each, Duration kept) {
        this.most = most;
        this.each = each;
        this.kept = kept;
    }

    /// For whoever takes it, until it is given back.
    record Chunk(Arena arena, ByteBuffer bytes) {}

    /// Said by somebody who may be in a hurry before it is closed. Nothing goes meanwhile.
    final class Claim implements AutoCloseable {
        private Claim() {}

        /// Gets memory ready, as long as there is less than for all who claim some.
        void warm() {
            while (countWanted()) {
                giveBack(fresh());
            }
        }

        /// @return one that is empty; none when all that there may be are taken
        Optional<Chunk> take() {
            synchronized (Reserve.this) {
                var first = free.poll();
                if (first != null) {
                    return Optional.of(first);
                }
                if (!count(most)) {
                    return Optional.empty();
                }
            }
            return Optional.of(fresh());
        }

        /// At any time, also when this is closed.
        void giveBack(Chunk chunk) {
            chunk.bytes().clear();
            synchronized (Reserve.this) {
                free.push(chunk);
                watch();
            }
        }

        /// Once.
        @Override
        public void close() {
            synchronized (Reserve.this) {
                claims--;
                used = System.nanoTime();
            }
        }
    }

    synchronized Claim claim() {
        claims++;
        return new Claim();
    }

    /// How many chunks there are, taken ones too.
    synchronized int size() {
        return made;
    }

    private synchronized boolean countWanted() {
        return count(Math.min(most, claims * each));
    }

    /// Counts one that is about to be made, if there are fewer than that.
    private synchronized boolean count(int limit) {
        if (made >= limit) {
            return false;
        }
        made++;
        return true;
    }

    private synchronized void uncount() {
        made--;
    }

    /// One that has been counted.
    private Chunk fresh() {
        var arena = Arena.ofShared();
        var whole = false;
        try {
            var chunk = new Chunk(arena, arena.allocate(CHUNK).asByteBuffer());
            whole = true;
            return chunk;
        } finally {
            if (!whole) {
                arena.close();
                uncount();
            }
        }
    }

    private synchronized void watch() {
        used = System.nanoTime();
        if (!watched) {
            watched = true;
            Thread.ofVirtual().name("memory in reserve").start(this::letGoInTime);
        }
    }

    private void letGoInTime() {
        try {
            do {
                Thread.sleep(kept);
            } while (isInUse());
            letGo().forEach(chunk -> chunk.arena().close());
        } catch (InterruptedException e) {
            LOG.warn("memory that was kept in reserve stays", e);
        }
    }

    private synchronized boolean isInUse() {
        return claims > 0 || System.nanoTime() - used < kept.toNanos();
    }

    private synchronized List<Chunk> letGo() {
        var gone = List.copyOf(free);
        made -= gone.size();
        free.clear();
        watched = false;
        return gone;
    }
}

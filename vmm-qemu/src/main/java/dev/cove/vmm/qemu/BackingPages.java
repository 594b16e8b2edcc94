package dev.cove.vmm.qemu;

import dev.cove.platform.Memfd;
import dev.cove.platform.SystemCallException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The pages that a machine was resumed with, to be looked at by one thread.
final class BackingPages implements AutoCloseable {
    static final int SIZE = 4096;
    private static final Logger LOG = LoggerFactory.getLogger(BackingPages.class);

    private final Arena arena;
    private final MemorySegment all;
    private final MemorySegment nothing;

    private BackingPages(Arena arena, MemorySegment all) {
        this.arena = arena;
        this.all = all;
        this.nothing = arena.allocate(SIZE);
    }

    /// What a process has as its memory, if nobody can change it any more.
    ///
    /// @return for the caller to close
    static Optional<Memfd> memoryOf(long pid) {
        try {
            var memory = Memfd.open(Memfd.ofProcess(pid));
            if (memory.isSealed()) {
                return Optional.of(memory);
            }
            memory.close();
        } catch (SystemCallException e) {
            LOG.debug("the memory of process {} cannot be opened", pid, e);
        }
        return Optional.empty();
    }

    /// For the thread that calls.
    ///
    /// @param memory sealed, so that it cannot become shorter while it is looked at
    static BackingPages map(Memfd memory) throws IOException {
        var arena = Arena.ofConfined();
        try (var channel = FileChannel.open(memory.path())) {
            return new BackingPages(
                    arena, channel.map(MapMode.READ_ONLY, 0, channel.size(), arena));
        } catch (IOException | RuntimeException e) {
            arena.close();
            throw e;
        }
    }

    /// Of all of them, in bytes.
    long size() {
        return all.byteSize();
    }

    /// Whether a page is the one that lies somewhere.
    boolean isSame(long page, MemorySegment other, long at) {
        var from = page * SIZE;
        return MemorySegment.mismatch(all, from, from + SIZE, other, at, at + SIZE) < 0;
    }

    boolean isNothing(long page) {
        return isSame(page, nothing, 0);
    }

    @Override
    public void close() {
        arena.close();
    }
}

package dev.cove.vmm.qemu;

import dev.cove.vmm.qemu.Reserve.Chunk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ReadableByteChannel;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;

/// A stream whose sender need not be kept waiting when somebody is in a hurry: what it has to say
/// then can be laid by, up to some size, before any of it is given on. That is for a thread of its
/// own, since whoever reads here may be held up elsewhere, by a disk that is behind. For these two
/// threads; it is the reader's to close.
final class Ahead implements ReadableByteChannel {
    /// As much as a busy guest has changed since its memory was sent, as a rule.
    static final int CHUNKS = 32;

    private final ReadableByteChannel in;
    private final Reserve.Claim reserve;

    /// Held while bytes are awaited, so that they stay in order; `close` ends the wait. Fair, so
    /// that a quick reader does not keep it from whoever is in a hurry.
    private final ReentrantLock reading = new ReentrantLock(true);

    private final Deque<Chunk> laidBy = new ArrayDeque<>(CHUNKS); // guarded by reading
    private Optional<IOException> failure = Optional.empty(); // guarded by reading
    private boolean over; // guarded by reading
    private volatile boolean open = true;

    /// @param in closed with this
    /// @param reserve where it is laid by; stays the caller's
    Ahead(ReadableByteChannel in, Reserve.Claim reserve) {
        this.in = in;
        this.reserve = reserve;
    }

    /// Once: lays by until the stream ends, or there is no room. Nothing is given on before, nor
    /// after the end as long as the hurry lasts: who is in a hurry may want the processor as well.
    ///
    /// @param calm done when nobody is in a hurry any more; `close` may wait for it, too
    void layBy(CompletableFuture<?> calm) {
        reading.lock();
        try {
            layBy();
            if (over) {
                calm.join();
            }
        } catch (IOException e) {
            failure = Optional.of(e);
        } finally {
            reading.unlock();
        }
    }

    private void layBy() throws IOException {
        for (var taken = 0; taken < CHUNKS && open && !over; taken++) {
            var fresh = reserve.take();
            if (fresh.isEmpty()) {
                return;
            }
            laidBy.add(fresh.get());
            fill(fresh.get().bytes());
        }
    }

    private void fill(ByteBuffer empty) throws IOException {
        try {
            while (!over && empty.hasRemaining()) {
                over = in.read(empty) < 0;
            }
        } finally {
            empty.flip();
        }
    }

    @Override
    public int read(ByteBuffer to) throws IOException {
        awaitTurn();
        try {
            return next(to);
        } finally {
            reading.unlock();
        }
    }

    private void awaitTurn() throws IOException {
        try {
            reading.lockInterruptibly();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw (IOException) new ClosedByInterruptException().initCause(e);
        }
    }

    private int next(ByteBuffer to) throws IOException {
        if (!open) {
            throw new ClosedChannelException();
        }
        while (!laidBy.isEmpty() && !laidBy.element().bytes().hasRemaining()) {
            reserve.giveBack(laidBy.remove());
        }
        if (!laidBy.isEmpty()) {
            return take(laidBy.element().bytes(), to);
        }
        if (failure.isPresent()) {
            throw failure.get();
        }
        return over ? -1 : in.read(to);
    }

    private static int take(ByteBuffer first, ByteBuffer to) {
        var count = Math.min(first.remaining(), to.remaining());
        to.put(to.position(), first, first.position(), count);
        to.position(to.position() + count);
        first.position(first.position() + count);
        return count;
    }

    @Override
    public boolean isOpen() {
        return open;
    }

    @Override
    public void close() throws IOException {
        open = false;
        try {
            in.close(); // with which whoever lays by ends, too
        } finally {
            giveBack();
        }
    }

    private void giveBack() {
        reading.lock();
        try {
            laidBy.forEach(reserve::giveBack);
            laidBy.clear();
        } finally {
            reading.unlock();
        }
    }
}

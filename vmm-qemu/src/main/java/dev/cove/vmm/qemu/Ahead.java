package dev.cove.vmm.qemu;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.BooleanSupplier;

/// A stream whose sender is not kept waiting while somebody is in a hurry: what it has to say then
/// is laid by, up to some size, before any of it is given on. For one thread.
final class Ahead implements ReadableByteChannel {
    private static final int CHUNK = 1 << 20;

    /// As much as a busy guest has changed since its memory was sent, as a rule.
    static final int CAPACITY = 32 * CHUNK;

    private final ReadableByteChannel in;
    private final BooleanSupplier hurry;
    private final Arena arena = Arena.ofConfined();
    private final Deque<ByteBuffer> laidBy = new ArrayDeque<>();
    private int chunks;
    private boolean over;

    /// @param in stays the caller's
    /// @param hurry whether somebody is
    Ahead(ReadableByteChannel in, BooleanSupplier hurry) {
        this.in = in;
        this.hurry = hurry;
    }

    @Override
    public int read(ByteBuffer to) throws IOException {
        while (!over && hurry.getAsBoolean() && layBy()) {
            // on to the next
        }
        var first = laidBy.peek();
        if (first != null) {
            return take(first, to);
        }
        return over ? -1 : in.read(to);
    }

    /// @return whether there was room
    private boolean layBy() throws IOException {
        var last = laidBy.peekLast();
        if (last == null || last.limit() == CHUNK) {
            if (chunks == CAPACITY / CHUNK) {
                return false;
            }
            chunks++;
            last = arena.allocate(CHUNK).asByteBuffer().limit(0);
            laidBy.add(last);
        }
        var from = last.position();
        last.position(last.limit()).limit(CHUNK);
        try {
            over = in.read(last) < 0;
        } finally {
            last.limit(last.position()).position(from);
        }
        return true;
    }

    private int take(ByteBuffer first, ByteBuffer to) {
        var count = Math.min(first.remaining(), to.remaining());
        to.put(to.position(), first, first.position(), count);
        to.position(to.position() + count);
        first.position(first.position() + count);
        if (!first.hasRemaining()) {
            laidBy.remove();
        }
        return count;
    }

    @Override
    public boolean isOpen() {
        return arena.scope().isAlive();
    }

    @Override
    public void close() {
        arena.close();
    }
}

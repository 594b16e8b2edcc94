package dev.cove.vmm.qemu;

import dev.cove.vmm.qemu.Reserve.Chunk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/// A stream whose sender is not kept waiting while somebody is in a hurry: what it has to say then
/// is laid by, up to some size, before any of it is given on. For one thread.
final class Ahead implements ReadableByteChannel {
    /// As much as a busy guest has changed since its memory was sent, as a rule.
    static final int CHUNKS = 32;

    private final ReadableByteChannel in;
    private final BooleanSupplier hurry;
    private final Reserve.Claim reserve;
    private final Deque<Chunk> laidBy = new ArrayDeque<>();
    private int taken;
    private boolean open = true;
    private boolean over;

    /// @param in stays the caller's
    /// @param hurry whether somebody is
    /// @param reserve where it is laid by; stays the caller's
    Ahead(ReadableByteChannel in, BooleanSupplier hurry, Reserve.Claim reserve) {
        this.in = in;
        this.hurry = hurry;
        this.reserve = reserve;
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
        if (last == null || last.bytes().limit() == Reserve.CHUNK) {
            var fresh = taken < CHUNKS ? reserve.take() : Optional.<Chunk>empty();
            if (fresh.isEmpty()) {
                return false;
            }
            taken++;
            last = fresh.get();
            last.bytes().limit(0);
            laidBy.add(last);
        }
        append(last.bytes());
        return true;
    }

    /// Reads on, behind what is in there.
    private void append(ByteBuffer last) throws IOException {
        var from = last.position();
        last.position(last.limit()).limit(Reserve.CHUNK);
        try {
            over = in.read(last) < 0;
        } finally {
            last.limit(last.position()).position(from);
        }
    }

    private int take(Chunk chunk, ByteBuffer to) {
        var first = chunk.bytes();
        var count = Math.min(first.remaining(), to.remaining());
        to.put(to.position(), first, first.position(), count);
        to.position(to.position() + count);
        first.position(first.position() + count);
        if (!first.hasRemaining()) {
            reserve.giveBack(laidBy.remove());
        }
        return count;
    }

    @Override
    public boolean isOpen() {
        return open;
    }

    @Override
    public void close() {
        open = false;
        laidBy.forEach(reserve::giveBack);
        laidBy.clear();
    }
}

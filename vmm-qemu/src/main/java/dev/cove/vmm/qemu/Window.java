package dev.cove.vmm.qemu;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.StandardCharsets;

/// What lies next in a stream, to be looked at before it is kept or dropped.
final class Window {
    static final int CAPACITY = 1 << 20;

    private final ReadableByteChannel in;
    private final Sink sink;
    private final ByteBuffer next = ByteBuffer.allocateDirect(CAPACITY).limit(0);
    private final MemorySegment segment = MemorySegment.ofBuffer(next.duplicate().clear());
    private final ByteBuffer kept = ByteBuffer.allocateDirect(CAPACITY);
    private long passed;

    /// Takes what is kept.
    interface Sink {
        void take(ByteBuffer bytes) throws IOException;
    }

    Window(ReadableByteChannel in, Sink sink) {
        this.in = in;
        this.sink = sink;
    }

    /// Waits until that much lies there.
    ///
    /// @param count at most the capacity
    /// @return false when the stream ends before
    boolean has(int count) throws IOException {
        while (next.remaining() < count) {
            if (!fill()) {
                return false;
            }
        }
        return true;
    }

    private boolean fill() throws IOException {
        if (next.limit() == CAPACITY || !next.hasRemaining()) {
            next.compact().flip();
        }
        var position = next.position();
        next.position(next.limit()).limit(CAPACITY);
        try {
            return in.read(next) >= 0;
        } finally {
            next.limit(next.position()).position(position);
        }
    }

    int unsignedByte(int at) {
        return Byte.toUnsignedInt(next.get(next.position() + at));
    }

    int number(int at) {
        return next.getInt(next.position() + at);
    }

    long longNumber(int at) {
        return next.getLong(next.position() + at);
    }

    String text(int at, int length) {
        var bytes = new byte[length];
        next.get(next.position() + at, bytes);
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    /// For as long as nothing is taken out.
    ByteBuffer bytes(int at, int length) {
        return next.slice(next.position() + at, length);
    }

    /// Where `segment` has what lies so far from here.
    long place(int at) {
        return (long) next.position() + at;
    }

    MemorySegment segment() {
        return segment;
    }

    /// How many bytes of the stream were before what lies here.
    long passed() {
        return passed;
    }

    /// Takes out what comes next.
    void drop(int count) {
        next.position(next.position() + count);
        passed += count;
    }

    void keep(int count) throws IOException {
        var more = room(count);
        more.put(more.position(), next, next.position(), count);
        more.position(more.position() + count);
        drop(count);
    }

    /// Puts in what does not lie there.
    void add(ByteBuffer bytes) throws IOException {
        room(bytes.remaining()).put(bytes);
    }

    private ByteBuffer room(int count) throws IOException {
        if (kept.remaining() < count) {
            flush();
        }
        return kept;
    }

    /// Keeps all that is still to come.
    void keepRest() throws IOException {
        do {
            keep(next.remaining());
        } while (fill());
        flush();
    }

    private void flush() throws IOException {
        sink.take(kept.flip());
        kept.clear();
    }
}

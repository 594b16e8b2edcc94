package dev.cove.vmm.qemu;

import dev.cove.platform.Checksum;
import dev.cove.platform.SparseFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/// The memory of a guest: one byte for each of the guest's, holes where nothing is.
final class MemoryFile {
    private static final int PAGE = 4096;
    private static final int CHUNK = 256 * PAGE;
    private static final byte[] NOTHING = new byte[PAGE];

    private final FileChannel in;
    private final Sink sink;
    private final byte[] chunk = new byte[CHUNK];
    private final Checksum checksum = new Checksum();
    private long read;
    private long taken;

    /// Takes pages that are not zero.
    private interface Sink {
        void take(ByteBuffer pages, long at) throws IOException;
    }

    /// @param checksum of all of it, zeros included (CRC-32C)
    /// @param bytes that are in pages that are not zero
    record Content(long checksum, long bytes) {}

    private MemoryFile(FileChannel in, Sink sink) {
        this.in = in;
        this.sink = sink;
    }

    static Content look(Path memory) throws IOException {
        return visit(memory, (pages, at) -> {});
    }

    /// Copies what is not zero into a file that is all zeros.
    ///
    /// @throws dev.cove.core.CoveException UNAVAILABLE for want of room
    static Content copy(Path memory, FileChannel out, Path file) throws IOException {
        var copy = new Copy(out, file);
        var content = visit(memory, copy);
        if (copy.missing > 0) {
            throw Room.wanting(file, copy.missing);
        }
        return content;
    }

    private static Content visit(Path memory, Sink sink) throws IOException {
        try (var in = FileChannel.open(memory)) {
            var visit = new MemoryFile(in, sink);
            SparseFile.<IOException>eachExtent(memory, visit::extent);
            visit.checksum.zeros(Files.size(memory) - visit.read);
            return new Content(visit.checksum.value(), visit.taken);
        }
    }

    private void extent(long from, long to) throws IOException {
        checksum.zeros(from - read);
        read = from;
        while (read < to) {
            var buffer = ByteBuffer.wrap(chunk, 0, (int) Math.min(CHUNK, to - read));
            var at = read;
            while (buffer.hasRemaining() && in.read(buffer, at + buffer.position()) >= 0) {
                read = at + buffer.position();
            }
            if (buffer.hasRemaining()) {
                throw new IOException("it became shorter while it was read");
            }
            checksum.update(buffer.flip());
            pages(at, buffer.limit());
        }
    }

    /// Hands on what lies between zeros, as much as there is at once.
    private void pages(long at, int length) throws IOException {
        var from = 0;
        while (from < length) {
            if (isNothing(from, length)) {
                from += PAGE;
                continue;
            }
            var to = from;
            while (to < length && !isNothing(to, length)) {
                to = Math.min(to + PAGE, length);
            }
            taken += to - from;
            sink.take(ByteBuffer.wrap(chunk, from, to - from), at + from);
            from = to;
        }
    }

    private boolean isNothing(int from, int length) {
        var end = Math.min(from + PAGE, length);
        return Arrays.equals(chunk, from, end, NOTHING, 0, end - from);
    }

    private static final class Copy implements Sink {
        private final FileChannel out;
        private final Path file;
        private long missing;

        Copy(FileChannel out, Path file) {
            this.out = out;
            this.file = file;
        }

        @Override
        public void take(ByteBuffer pages, long at) throws IOException {
            try {
                var start = pages.position();
                while (missing == 0 && pages.hasRemaining()) {
                    out.write(pages, at + pages.position() - start);
                }
            } catch (IOException e) {
                if (Room.isLeft(file)) {
                    throw e;
                }
            }
            missing += pages.remaining();
        }
    }
}

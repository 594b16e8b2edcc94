package dev.cove.vmm.qemu;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/// A file that is read once, from its beginning to its end, and summed up meanwhile.
final class Tape implements AutoCloseable {
    private static final int CHUNK = 1 << 20;

    private final FileChannel in;
    private final ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK).flip();
    private final CRC32C checksum = new CRC32C();

    Tape(Path file) throws IOException {
        in = FileChannel.open(file);
    }

    /// The next bytes, until more are asked for.
    ///
    /// @param count at most 65,536
    /// @throws EOFException when the file ends before
    ByteBuffer next(int count) throws IOException {
        while (chunk.remaining() < count) {
            if (!read()) {
                throw new EOFException("it ends too early");
            }
        }
        var next = chunk.slice(chunk.position(), count);
        chunk.position(chunk.position() + count);
        return next;
    }

    /// As many bytes as are at hand, until more are asked for; none at the end.
    ByteBuffer some() throws IOException {
        if (!chunk.hasRemaining()) {
            read();
        }
        var some = chunk.slice();
        chunk.position(chunk.limit());
        return some;
    }

    /// Reads what is left.
    ///
    /// @return the CRC-32C of the whole file
    long checksum() throws IOException {
        while (some().hasRemaining()) {
            // It is summed up as it is read.
        }
        return checksum.getValue();
    }

    private boolean read() throws IOException {
        chunk.compact();
        var from = chunk.position();
        var count = in.read(chunk);
        chunk.flip();
        checksum.update(chunk.slice(from, chunk.limit() - from));
        return count >= 0;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}

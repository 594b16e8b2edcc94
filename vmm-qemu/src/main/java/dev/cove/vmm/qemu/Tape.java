package dev.cove.vmm.qemu;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/// A file that is read once, from its beginning to its end, and summed up meanwhile.
final class Tape implements ReadableByteChannel {
    private static final int CHUNK = 1 << 20;

    private final FileChannel in;
    private final CRC32C checksum = new CRC32C();

    Tape(Path file) throws IOException {
        in = FileChannel.open(file);
    }

    @Override
    public int read(ByteBuffer to) throws IOException {
        var from = to.position();
        var count = in.read(to);
        checksum.update(to.slice(from, to.position() - from));
        return count;
    }

    /// Reads what is left.
    ///
    /// @return the CRC-32C of the whole file
    long checksum() throws IOException {
        var rest = ByteBuffer.allocateDirect(CHUNK);
        while (read(rest.clear()) >= 0) {
            // It is summed up as it is read.
        }
        return checksum.getValue();
    }

    @Override
    public boolean isOpen() {
        return in.isOpen();
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}

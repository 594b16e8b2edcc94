package dev.cove.store;

import dev.cove.core.Bytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;

/// Room that is kept for bad days: a file of zeros, given back to the file system when the disk is
/// full, so that what is there can still be deleted.
final class Reserve {
    private static final int CHUNK = 1 << 16;

    private final Path file;
    private final Bytes size;

    Reserve(Path file, Bytes size) {
        this.file = file;
        this.size = size;
    }

    /// Takes the room, unless the disk would have next to nothing left then.
    ///
    /// @return whether the reserve is whole
    boolean fill() throws IOException {
        if (Files.exists(file) && Files.size(file) == size.count()) {
            return true;
        }
        release();
        var folder = file.toAbsolutePath().getParent();
        if (Files.getFileStore(folder).getUsableSpace() < 2 * size.count()) {
            return false;
        }
        write();
        return true;
    }

    /// Gives the room back.
    void release() throws IOException {
        Files.deleteIfExists(file);
    }

    private void write() throws IOException {
        var options = Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        try (var channel = Files.newByteChannel(file, options, Files600.ATTRIBUTE)) {
            var zeros = ByteBuffer.allocate(CHUNK);
            for (var left = size.count(); left > 0; left -= zeros.position()) {
                zeros.clear().limit((int) Math.min(CHUNK, left));
                while (zeros.hasRemaining()) {
                    channel.write(zeros);
                }
            }
        } catch (IOException e) {
            release();
            throw e;
        }
    }
}

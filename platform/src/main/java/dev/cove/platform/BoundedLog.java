package dev.cove.platform;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// A file that another program appends to without end, of which only the newest part is kept. That
/// program has to write in append mode; whoever reads sees a file that now and then loses its
/// beginning.
///
/// @param most bytes it may hold after `trim`
public record BoundedLog(Path file, long most) {
    private static final int O_RDWR_NOFOLLOW_CLOEXEC = 0x2 | 0x20000 | 0x80000;
    private static final int COLLAPSE_RANGE = 0x08;

    /// fallocate(2) takes whole blocks of the file system; no usual one has larger ones.
    private static final long BLOCK = 64 << 10;

    public BoundedLog {
        if (most < 2 * BLOCK) {
            throw new IllegalArgumentException("a log of " + most + " bytes is too small");
        }
    }

    /// Drops the oldest half once the file is larger than it may be.
    ///
    /// @return whether anything was dropped
    public boolean trim() throws IOException {
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            return false;
        }
        var size = Files.size(file);
        if (size <= most) {
            return false;
        }
        var excess = (size - most / 2) / BLOCK * BLOCK;
        if (!collapse(excess)) {
            rewrite(excess);
        }
        return true;
    }

    /// Cuts the beginning off in one step: what is written meanwhile is neither lost nor torn.
    ///
    /// @return false where the file system cannot (ext4 and XFS can, tmpfs and btrfs cannot)
    private boolean collapse(long excess) {
        var descriptor = Native.open(file.toString(), O_RDWR_NOFOLLOW_CLOEXEC);
        try {
            Native.fallocate(descriptor, COLLAPSE_RANGE, 0, excess);
            return true;
        } catch (SystemCallException e) {
            return false;
        } finally {
            Native.close(descriptor);
        }
    }

    /// The second best: what the program writes between reading and truncating is lost.
    private void rewrite(long excess) throws IOException {
        try (var reading = open(StandardOpenOption.READ);
                var appending = open(StandardOpenOption.APPEND)) {
            var kept = ByteBuffer.allocate((int) Math.min(most, reading.size() - excess));
            reading.position(reading.size() - kept.capacity());
            var read = 0;
            while (kept.hasRemaining() && read >= 0) {
                read = reading.read(kept);
            }
            appending.truncate(0);
            kept.flip();
            while (kept.hasRemaining()) {
                appending.write(kept);
            }
        }
    }

    private FileChannel open(StandardOpenOption how) throws IOException {
        return FileChannel.open(file, how, LinkOption.NOFOLLOW_LINKS);
    }
}

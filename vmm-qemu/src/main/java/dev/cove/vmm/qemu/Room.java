package dev.cove.vmm.qemu;

import dev.cove.core.Bytes;
import dev.cove.core.CoveException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Room for files that are being written.
final class Room {
    /// Less than this is taken for none: what failed to be written wanted more.
    private static final long NONE = 2 << 20;

    private Room() {}

    /// Whether a write to that file failed for another reason than want of room. The words of the
    /// error are of no use: the C library speaks the user's language.
    static boolean isLeft(Path file) throws IOException {
        return Files.getFileStore(file).getUsableSpace() >= NONE;
    }

    /// @param missing how many bytes there was no room for
    static CoveException wanting(Path file, long missing) {
        return CoveException.unavailable(
                "there is no room for %s: %s are missing; make room and try again"
                        .formatted(file, Bytes.mebibytes((missing + (1 << 20) - 1) >> 20)));
    }
}

package dev.cove.vmm.qemu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.LongFunction;

/// The file with the memory that a machine was resumed with, and of which it has changed what it
/// has changed. It is never written to again and has a name in each snapshot that goes on from it,
/// so it is known by what it is and not by where.
///
/// @param inode in the pool
/// @param checksum of its content (CRC-32C)
record BackingFile(long inode, long checksum) {
    /// @return empty when there is no such file any more
    static Optional<BackingFile> of(Path file, long checksum) {
        return inode(file).map(inode -> new BackingFile(inode, checksum));
    }

    /// Gives it one more name.
    ///
    /// @param known where memories of a checksum are
    /// @return whether it was still there, and could have one
    boolean link(LongFunction<List<Path>> known, Path name) {
        return known.apply(checksum).stream().anyMatch(file -> link(file, name));
    }

    private boolean link(Path file, Path name) {
        try {
            if (!isAt(file)) {
                return false;
            }
            Files.createLink(name, file);
            if (!isAt(name)) {
                Files.delete(name);
                return false;
            }
            return true;
        } catch (IOException | UnsupportedOperationException e) {
            return false; // it has just gone, or has its names on another file system
        }
    }

    private boolean isAt(Path file) {
        return inode(file).filter(found -> found == inode).isPresent();
    }

    private static Optional<Long> inode(Path file) {
        try {
            var found = Files.getAttribute(file, "unix:ino", LinkOption.NOFOLLOW_LINKS);
            return Optional.of((Long) found);
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}

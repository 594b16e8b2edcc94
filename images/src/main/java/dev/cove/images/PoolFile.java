package dev.cove.images;

import dev.cove.platform.SparseFile;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;

/// Files of guests' data in a pool: nobody but their owner ever reads them.
final class PoolFile {
    private PoolFile() {}

    /// Makes an empty one.
    static void make(Path file) throws IOException {
        Files.createFile(
                file,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    }

    /// Makes one that shares its blocks with another until one of them is written to. What the host
    /// holds in memory of the other one is taken as well.
    static void share(Path from, Path file) throws IOException {
        make(file);
        SparseFile.share(from, file);
    }

    /// Puts one in the place of another, if there is another.
    static void replace(Path file, Path place) throws IOException {
        if (!Files.exists(place)) {
            Files.move(file, place, StandardCopyOption.ATOMIC_MOVE);
            return;
        }
        try (var before = new RandomAccessFile(place.toFile(), "rw")) {
            Files.move(file, place, StandardCopyOption.ATOMIC_MOVE);
            before.setLength(0);
        }
    }

    /// Deletes one; nothing when there is none. Emptied first: XFS frees the blocks of an unlinked
    /// file some time later, and whoever destroys a VM to make room for another finds a full pool
    /// until then.
    static void erase(Path file) throws IOException {
        if (Files.exists(file)) {
            try (var content = new RandomAccessFile(file.toFile(), "rw")) {
                content.setLength(0);
            }
            Files.delete(file);
        }
    }

    /// Returns when a file or a folder is on the disk.
    static void sync(Path file) throws IOException {
        try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}

package dev.cove.images;

import dev.cove.core.Bytes;
import dev.cove.core.port.Snapshots;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/// One snapshot's folder: `state`, `memory`, `disk.raw`, and `snapshot.json`, which says what they
/// are. The daemon's alone: a guest's memory is in it.
record SnapshotFolder(Path path) {
    private static final String RECORD = "snapshot.json";

    Snapshots.Files files() {
        return new Snapshots.Files(
                path.resolve("state"), path.resolve("memory"), path.resolve("disk.raw"));
    }

    void make() throws IOException {
        delete();
        Files.createDirectory(
                path,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }

    /// Makes an empty file that nobody else can read.
    static void makeFile(Path file) throws IOException {
        Files.createFile(
                file,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    }

    String record() throws IOException {
        return Files.readString(path.resolve(RECORD));
    }

    /// Writes the record, and everything in the folder to the disk.
    void finish(String record) throws IOException {
        makeFile(path.resolve(RECORD));
        Files.writeString(path.resolve(RECORD), record, StandardCharsets.UTF_8);
        for (var file : contents()) {
            sync(file, StandardOpenOption.WRITE);
        }
        sync(path, StandardOpenOption.READ);
    }

    /// What its files take.
    Bytes used() throws IOException {
        var sum = 0L;
        for (var file : contents()) {
            // stat(2): in units of 512 bytes, whatever the file system's blocks are.
            sum += 512 * (long) Files.getAttribute(file, "unix:blocks", LinkOption.NOFOLLOW_LINKS);
        }
        return new Bytes(sum);
    }

    void moveTo(Path target) throws IOException {
        Files.move(path, target, StandardCopyOption.ATOMIC_MOVE);
        sync(target.resolveSibling("."), StandardOpenOption.READ);
    }

    void delete() throws IOException {
        if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
            for (var file : contents()) {
                Files.delete(file);
            }
            Files.delete(path);
        }
    }

    private List<Path> contents() throws IOException {
        try (var files = Files.list(path)) {
            return files.toList();
        }
    }

    private static void sync(Path file, StandardOpenOption how) throws IOException {
        try (var channel = FileChannel.open(file, how)) {
            channel.force(true);
        }
    }
}

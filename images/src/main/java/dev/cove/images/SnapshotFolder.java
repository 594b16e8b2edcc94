package dev.cove.images;

import dev.cove.core.Bytes;
import dev.cove.core.port.Snapshots;
import dev.cove.platform.SparseFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/// One snapshot's folder: `state`, `memory`, `disk.raw`, and `snapshot.json`, which is written last
/// and says what they are. The daemon's alone: a guest's memory is in it.
record SnapshotFolder(Path path) {
    private static final String RECORD = "snapshot.json";

    Snapshots.Files files() {
        return new Snapshots.Files(
                path.resolve("state"), path.resolve("memory"), path.resolve("disk.raw"));
    }

    boolean exists() {
        return Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS);
    }

    /// Makes it empty, whatever was there.
    void make() throws IOException {
        delete();
        Files.createDirectory(
                path,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }

    String record() throws IOException {
        return Files.readString(path.resolve(RECORD));
    }

    /// Seals the folder with its record. A driver may have written as its VMM's user; nobody's
    /// files but the daemon's stay here.
    void seal(String record) throws IOException {
        PoolFile.make(path.resolve(RECORD));
        Files.writeString(path.resolve(RECORD), record);
        for (var file : contents()) {
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
            for (var owner : new String[] {"unix:uid", "unix:gid"}) {
                Files.setAttribute(file, owner, Files.getAttribute(path, owner));
            }
        }
    }

    /// Returns when all of it is on the disk.
    void sync() throws IOException {
        for (var file : contents()) {
            PoolFile.sync(file);
        }
        PoolFile.sync(path);
    }

    /// What its files would take if they shared nothing.
    Bytes used() throws IOException {
        return new Bytes(contents().stream().mapToLong(SparseFile::dataIn).sum());
    }

    /// The same without its disk, and without a memory that others have, too.
    Bytes written() throws IOException {
        var shared = SparseFile.dataIn(files().disk());
        var memory = files().memory();
        if (Files.exists(memory) && (int) Files.getAttribute(memory, "unix:nlink") > 1) {
            shared += SparseFile.dataIn(memory);
        }
        return new Bytes(used().count() - shared);
    }

    /// Gives it another name beside this one.
    void rename(SnapshotFolder target) throws IOException {
        Files.move(path, target.path, StandardCopyOption.ATOMIC_MOVE);
    }

    /// Deletes it; nothing when it is not there.
    void delete() throws IOException {
        if (!exists()) {
            return;
        }
        for (var file : contents()) {
            if (file.equals(files().memory())) {
                // Machines that were resumed from it may still have it mapped: emptied, it would
                // take the ground from under them.
                Files.delete(file);
            } else {
                PoolFile.erase(file);
            }
        }
        Files.delete(path);
    }

    private List<Path> contents() throws IOException {
        try (var files = Files.list(path)) {
            return files.toList();
        }
    }
}

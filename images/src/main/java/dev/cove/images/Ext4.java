package dev.cove.images;

import dev.cove.core.Bytes;
import dev.cove.core.CoveException;
import dev.cove.platform.Command;
import dev.cove.platform.CommandException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.time.Duration;

/// Makes raw disks with an ext4 file system over their whole length, by `mke2fs -d` (e2fsprogs
/// 1.47).
final class Ext4 {
    private static final Duration LIMIT = Duration.ofMinutes(10);

    private Ext4() {}

    /// @param work the work folder that it is for
    /// @param root what the file system holds; owners, modes and devices are kept
    /// @param disk where to write it: a sparse file
    /// @throws CoveException UNAVAILABLE when it does not fit, or the program is missing
    static void make(Path work, Path root, Path disk, Bytes size)
            throws IOException, InterruptedException {
        try (var file = new RandomAccessFile(disk.toFile(), "rw")) {
            file.setLength(size.count());
        }
        // One per cent for root alone, and the tables are written when the guest mounts it.
        var line =
                Command.of(
                        "mke2fs",
                        "-q",
                        "-F",
                        "-t",
                        "ext4",
                        "-L",
                        "cove-root",
                        "-m",
                        "1",
                        "-E",
                        "lazy_itable_init=1,lazy_journal_init=1",
                        "-d",
                        root.toString(),
                        disk.toString());
        try {
            line.with(Leftovers.VARIABLE, work.toString()).within(LIMIT).run().orThrow();
        } catch (CommandException e) {
            throw CoveException.unavailable(
                    "the root file system cannot be made: "
                            + e.getMessage()
                            + "; is there room? see: cove doctor",
                    e);
        }
    }
}

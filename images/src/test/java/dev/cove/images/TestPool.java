package dev.cove.images;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.cove.core.Bytes;
import dev.cove.core.Digest;
import dev.cove.core.Image;
import dev.cove.core.Name;
import dev.cove.platform.Command;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/// Real pools for tests: an XFS in a sparse file, loop-mounted, or a folder of the temporary
/// folder's file system where that one can share blocks.
final class TestPool {
    private TestPool() {}

    /// A pool of 512 MiB in that folder; the test is skipped where there can be none.
    static Pool open(Path data) throws Exception {
        assumeTrue(
                new com.sun.security.auth.module.UnixSystem().getUid() == 0,
                "a pool takes root: it is mounted");
        assumeTrue(
                Files.readString(Path.of("/proc/filesystems")).contains("xfs")
                        || Command.of("modprobe", "xfs").run().exit() == 0,
                "this kernel has no XFS");
        return Pool.open(data, Optional.of(Bytes.mebibytes(512)));
    }

    /// An image of 64 MiB in a pool, with zeros in its first MiB.
    static Image image(Pool pool) throws IOException {
        var disk = pool.root().resolve("image.raw");
        Files.write(disk, new byte[1 << 20]);
        try (var out = new RandomAccessFile(disk.toFile(), "rw")) {
            out.setLength(64 << 20);
        }
        return new Image(
                new Name("debian"),
                new Digest("sha256:" + "0".repeat(64)),
                Bytes.mebibytes(64),
                Bytes.mebibytes(1),
                "a test",
                "root",
                disk,
                disk,
                disk,
                "",
                Instant.EPOCH);
    }

    /// Writes to a file of the pool until only so much is free in it.
    static void fill(Path file, DiskPool disks, Bytes free) throws IOException {
        try (var out = new RandomAccessFile(file.toFile(), "rw")) {
            out.seek(out.length());
            var block = new byte[1 << 20];
            while (disks.usage().free().compareTo(free) > 0) {
                out.write(block);
                out.getFD().sync();
            }
        }
    }

    static int mode(Path file) throws IOException {
        return (int) Files.getAttribute(file, "unix:mode") & 0777;
    }

    /// Images in that folder, where no kernel is ever unpacked.
    static ImageStore images(Path folder) throws InterruptedException {
        return new ImageStore(
                folder,
                new Mirrors(Optional.empty(), Optional.empty(), List.of()),
                (unpacked, init, target) -> {
                    throw new AssertionError("no kernel was to be unpacked");
                },
                InstantSource.system());
    }
}

package dev.cove.images;

import dev.cove.core.Bytes;
import dev.cove.core.CoveException;
import dev.cove.platform.Command;
import dev.cove.platform.CommandException;
import dev.cove.platform.SparseFile;
import dev.cove.platform.SystemCallException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The place where disks can be cloned without copying: `<data>/pool`. A plain folder where the
/// data folder's file system can share blocks between files (XFS, Btrfs); elsewhere the mount of
/// `<data>/pool.xfs`, a sparse file with an XFS in it.
///
/// The mount outlives the daemon, since VMs do. A daemon in another mount namespace mounts the same
/// loop device again, which the kernel takes as the same file system.
///
/// @param root `<data>/pool`
/// @param data the folder that it is in
/// @param mounted whether it is a mount of Cove's own
public record Pool(Path root, Path data, boolean mounted) {
    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final int USUAL_PERCENT = 80;
    private static final Set<PosixFilePermission> OWNER_ALONE =
            PosixFilePermissions.fromString("rw-------");

    /// Without `discard` the pool's file would keep for ever what a deleted disk once took.
    private static final String OPTIONS = "noatime,nosuid,discard";

    public Path images() {
        return root.resolve("images");
    }

    public Path disks() {
        return root.resolve("disks");
    }

    public Path snapshots() {
        return root.resolve("snapshots");
    }

    /// Opens the pool of a data folder, and makes it when there is none.
    ///
    /// @param size of a new pool; by default four fifths of the data folder's file system. It is
    ///   sparse: only what is written takes room.
    /// @throws CoveException UNAVAILABLE when it can neither share blocks nor mount a pool
    public static Pool open(Path data, Optional<Bytes> size) throws InterruptedException {
        var root = data.resolve("pool");
        var file = data.resolve("pool.xfs");
        try {
            Files.createDirectories(root);
            if (isMounted(root)) {
                return new Pool(root, data, true);
            }
            var plain = new Pool(root, data, false);
            // Trying takes room, which a pool that has filled its disk does not have.
            if (!Files.exists(file) && (Files.exists(plain.disks()) || canShare(root))) {
                return plain;
            }
            if (!Files.exists(file)) {
                make(file, size.orElse(usual(data)));
            }
            // Every disk is in it, and the folder lets the VMMs' users through to their own files.
            Files.setPosixFilePermissions(file, OWNER_ALONE);
            mount(file, root);
            return new Pool(root, data, true);
        } catch (IOException e) {
            throw CoveException.unavailable(
                    "the pool in " + data + " cannot be opened: " + e.getMessage(), e);
        }
    }

    /// Unmounts the pool of a data folder; nothing when it is not mounted. Its file stays.
    ///
    /// @throws CoveException UNAVAILABLE when a VM or a program still uses it
    public static void unmount(Path data) throws InterruptedException {
        var root = data.resolve("pool");
        try {
            if (isMounted(root)) {
                run(Command.of("umount", root.toRealPath().toString()), "unmounted");
            }
        } catch (IOException e) {
            throw CoveException.unavailable("the mounts cannot be read: " + e.getMessage(), e);
        }
    }

    /// Whether files in a folder can share their blocks, tried with two of them.
    static boolean canShare(Path folder) throws IOException {
        Path one = null;
        Path other = null;
        try {
            one = Files.createTempFile(folder, ".share", "");
            other = Files.createTempFile(folder, ".share", "");
            Files.write(one, new byte[4096]);
            SparseFile.share(one, other);
            return true;
        } catch (SystemCallException e) {
            // It says so itself: this file system cannot.
            return false;
        } finally {
            delete(one);
            delete(other);
        }
    }

    private static void delete(@Nullable Path file) throws IOException {
        if (file != null) {
            Files.delete(file);
        }
    }

    private static Bytes usual(Path data) throws IOException {
        var percent = Files.getFileStore(data).getTotalSpace() / 100 * USUAL_PERCENT;
        return Bytes.mebibytes(new Bytes(percent).toMebibytes());
    }

    /// Made beside its place and renamed, so that a half-made one is not taken for a pool.
    private static void make(Path file, Bytes size) throws IOException, InterruptedException {
        var half = file.resolveSibling("pool.xfs.half");
        Files.deleteIfExists(half);
        try (var sparse = new RandomAccessFile(half.toFile(), "rw")) {
            sparse.setLength(size.count());
        }
        run(Command.of("mkfs.xfs", "-q", "-m", "reflink=1", half.toString()), "made");
        Files.move(half, file);
    }

    /// The loop device goes by itself with the last mount of it. Two devices of one file would be
    /// two file systems that know nothing of each other, so one that is there is used again.
    private static void mount(Path file, Path root) throws InterruptedException {
        var found =
                run(Command.of("losetup", "-n", "-O", "NAME", "-j", file.toString()), "looked for");
        var device = found.lines().findFirst().map(String::strip).orElse("");
        if (device.isEmpty()) {
            run(
                    Command.of(
                            "mount",
                            "-t",
                            "xfs",
                            "-o",
                            "loop," + OPTIONS,
                            file.toString(),
                            root.toString()),
                    "mounted");
        } else {
            run(
                    Command.of("mount", "-t", "xfs", "-o", OPTIONS, device, root.toString()),
                    "mounted");
        }
    }

    private static boolean isMounted(Path root) throws IOException {
        if (!Files.isDirectory(root)) {
            return false;
        }
        // proc_pid_mountinfo(5): the fifth field, with spaces written \040.
        var wanted = root.toRealPath().toString().replace(" ", "\\040");
        try (var mounts = Files.lines(Path.of("/proc/self/mountinfo"))) {
            return mounts.anyMatch(line -> line.split(" ", 6)[4].equals(wanted));
        }
    }

    private static String run(Command command, String done) throws InterruptedException {
        try {
            return command.within(LIMIT).run().orThrow();
        } catch (CommandException e) {
            throw CoveException.unavailable(
                    "the pool of disks cannot be "
                            + done
                            + ": "
                            + e.getMessage()
                            + "; it takes root, the packages xfsprogs and mount, and a kernel"
                            + " with XFS and loop devices; or put --data on an XFS or Btrfs",
                    e);
        }
    }
}

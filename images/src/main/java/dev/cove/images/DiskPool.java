package dev.cove.images;

import dev.cove.core.Bytes;
import dev.cove.core.CoveException;
import dev.cove.core.Finding;
import dev.cove.core.Image;
import dev.cove.core.VmId;
import dev.cove.core.port.Disks;
import dev.cove.platform.SystemCallException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/// Disks in a pool: `<id>.raw` for a whole one, `<id>.half` for one that is being made. A disk is a
/// clone that shares its blocks with the image's until the guest writes to them.
public final class DiskPool implements Disks {
    private static final String WHOLE = ".raw";
    private static final String HALF = ".half";

    /// Less room than this makes no new disk: what there is belongs to the guests that run.
    static final Bytes HEADROOM = Bytes.mebibytes(256);

    private final Pool pool;
    private final Consumer<Image> verify;

    /// @param verify reads an image before the first disk is made of it (`ImageStore::verify`)
    public DiskPool(Pool pool, Consumer<Image> verify) {
        this.pool = pool;
        this.verify = verify;
        try {
            Files.createDirectories(pool.disks());
        } catch (IOException e) {
            throw unwritable(e.toString(), e);
        }
    }

    @Override
    public Path clone(VmId id, Image image, Bytes size, int user) {
        var whole = whole(id);
        if (Files.exists(whole)) {
            return whole;
        }
        requireRoom(id);
        verify.accept(image);
        try {
            make(half(id), image.disk(), size, user);
            Files.move(half(id), whole, StandardCopyOption.ATOMIC_MOVE);
            return whole;
        } catch (IOException | SystemCallException e) {
            throw unwritable("the disk of " + id + ": " + e.getMessage(), e);
        }
    }

    private void requireRoom(VmId id) {
        if (usage().free().compareTo(HEADROOM) < 0) {
            throw CoveException.unavailable(
                    "the pool has less than "
                            + HEADROOM
                            + " free, so "
                            + id
                            + " gets no disk; destroy VMs, remove images, or make room in "
                            + pool.data());
        }
    }

    /// Nobody but its VMM ever reads it, not even while it is being made.
    private static void make(Path half, Path from, Bytes size, int user) throws IOException {
        Files.deleteIfExists(half);
        PoolFile.share(from, half);
        try (var file = new RandomAccessFile(half.toFile(), "rw")) {
            file.setLength(Math.max(file.length(), size.count()));
        }
        Files.setAttribute(half, "unix:uid", user, LinkOption.NOFOLLOW_LINKS);
        Files.setAttribute(half, "unix:gid", user, LinkOption.NOFOLLOW_LINKS);
    }

    @Override
    public Path restore(VmId id, Path from, Bytes size, int user) {
        if (!Files.exists(whole(id))) {
            requireRoom(id);
        }
        try {
            make(half(id), from, size, user);
            PoolFile.replace(half(id), whole(id));
            return whole(id);
        } catch (IOException | SystemCallException e) {
            throw unwritable("the disk of " + id + ": " + e.getMessage(), e);
        }
    }

    @Override
    public void grow(VmId id, Bytes size) {
        try (var file = new RandomAccessFile(present(id).toFile(), "rw")) {
            if (file.length() > size.count()) {
                throw CoveException.invalid(
                        "the disk of "
                                + id
                                + " has "
                                + new Bytes(file.length())
                                + " and cannot shrink to "
                                + size
                                + "; ask for more, or copy what is on it to a new VM");
            }
            file.setLength(size.count());
        } catch (IOException e) {
            throw unwritable("the disk of " + id + ": " + e.getMessage(), e);
        }
    }

    @Override
    public void flush(VmId id) {
        try (var file = FileChannel.open(present(id), StandardOpenOption.WRITE)) {
            file.force(false);
        } catch (IOException e) {
            throw unwritable("the disk of " + id + ": " + e.getMessage(), e);
        }
    }

    @Override
    public Optional<Path> find(VmId id) {
        return Optional.of(whole(id)).filter(Files::exists);
    }

    @Override
    public Optional<Bytes> size(VmId id) {
        try {
            var disk = find(id);
            return disk.isEmpty()
                    ? Optional.empty()
                    : Optional.of(new Bytes(Files.size(disk.get())));
        } catch (IOException e) {
            throw unwritable("the disk of " + id + ": " + e.getMessage(), e);
        }
    }

    private Path present(VmId id) {
        return find(id).orElseThrow(() -> CoveException.notFound(id + " has no disk"));
    }

    @Override
    public void delete(VmId id) {
        try {
            PoolFile.erase(half(id));
            PoolFile.erase(whole(id));
        } catch (IOException e) {
            throw unwritable("the disk of " + id + ": " + e.getMessage(), e);
        }
    }

    @Override
    public Set<VmId> present() {
        try (var files = Files.list(pool.disks())) {
            return files.map(f -> f.getFileName().toString())
                    .filter(name -> name.endsWith(WHOLE) || name.endsWith(HALF))
                    .map(name -> name.substring(0, name.lastIndexOf('.')))
                    .filter(VmId::fits)
                    .map(VmId::new)
                    .collect(Collectors.toUnmodifiableSet());
        } catch (IOException e) {
            throw unwritable(e.toString(), e);
        }
    }

    /// A pool that is a sparse file is full when either of the two file systems is.
    @Override
    public Usage usage() {
        try {
            var inside = Files.getFileStore(pool.root());
            var outside = Files.getFileStore(pool.data());
            return new Usage(
                    new Bytes(inside.getTotalSpace()),
                    new Bytes(Math.min(inside.getUsableSpace(), outside.getUsableSpace())));
        } catch (IOException e) {
            throw unwritable(e.toString(), e);
        }
    }

    @Override
    public List<Finding> examine() {
        return List.of(clones(), room());
    }

    private Finding clones() {
        var subject = "pool";
        try {
            if (!Pool.canShare(pool.root())) {
                return Finding.problem(
                        subject,
                        pool.root() + " cannot clone a disk without copying",
                        "restart the daemon, which mounts its pool again");
            }
        } catch (IOException e) {
            return Finding.problem(
                    subject,
                    pool.root() + " cannot be written to: " + e.getMessage(),
                    "make room on its disk, or look at: dmesg");
        }
        return Finding.ok(
                subject,
                pool.mounted()
                        ? "disks are cloned in an XFS of Cove's own, "
                                + pool.root()
                                + ", since the data folder's file system cannot"
                        : "disks are cloned in the data folder itself, " + pool.root());
    }

    private Finding room() {
        var usage = usage();
        var says = usage.free().toMebibytes() + "M of " + usage.total().toMebibytes() + "M free";
        return usage.free().compareTo(HEADROOM) < 0
                ? Finding.problem(
                        "free space",
                        says,
                        "destroy VMs, remove images, or make room in " + pool.data())
                : Finding.ok("free space", says);
    }

    private Path whole(VmId id) {
        return pool.disks().resolve(id + WHOLE);
    }

    private Path half(VmId id) {
        return pool.disks().resolve(id + HALF);
    }

    private CoveException unwritable(String why, Exception cause) {
        return CoveException.unavailable(
                "the pool " + pool.root() + " does not work: " + why + "; see: cove doctor", cause);
    }
}

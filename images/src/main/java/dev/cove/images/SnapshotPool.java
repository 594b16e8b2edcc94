package dev.cove.images;

import dev.cove.core.CoveException;
import dev.cove.core.Finding;
import dev.cove.core.Snapshot;
import dev.cove.core.SnapshotId;
import dev.cove.core.VmId;
import dev.cove.core.port.Codec;
import dev.cove.core.port.Disks;
import dev.cove.core.port.Snapshots;
import dev.cove.platform.SystemCallException;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;

/// Snapshots in a pool: `<id>/` for a whole one, `<id>.half/` for one that is being made or
/// deleted. A snapshot's disk is a clone that shares its blocks with the VM's.
///
/// The folders are read once, at the start: nobody else writes to them.
public final class SnapshotPool implements Snapshots {
    private static final String HALF = ".half";

    private final Path folder;
    private final Disks disks;
    private final Codec codec;
    private final Map<SnapshotId, Snapshot> whole = new ConcurrentSkipListMap<>();
    private final Set<SnapshotId> drafts = ConcurrentHashMap.newKeySet();

    /// Why those that look whole and are not are left out.
    private final Map<SnapshotId, String> damaged = new ConcurrentSkipListMap<>();

    /// @param disks of the same pool
    /// @param codec writes and reads the records
    public SnapshotPool(Pool pool, Disks disks, Codec codec) {
        this.folder = pool.snapshots();
        this.disks = disks;
        this.codec = codec;
        try {
            java.nio.file.Files.createDirectories(folder);
            names().stream().filter(SnapshotId::fits).map(SnapshotId::new).forEach(this::look);
        } catch (IOException e) {
            throw unwritable(e);
        }
    }

    private void look(SnapshotId id) {
        try {
            var snapshot = codec.read(wholeOf(id).record(), Snapshot.class);
            if (!snapshot.id().equals(id)) {
                throw CoveException.conflict("it is of " + snapshot.id());
            }
            requireFiles(snapshot, wholeOf(id).files());
            whole.put(id, snapshot);
        } catch (IOException | CoveException e) {
            damaged.put(id, String.valueOf(e.getMessage()));
        }
    }

    private static void requireFiles(Snapshot snapshot, Files files) {
        var memory = snapshot.moment().flatMap(Snapshot.Moment::memory).isPresent();
        require(files.disk(), true);
        require(files.state(), snapshot.moment().isPresent());
        require(files.memory(), memory);
    }

    private static void require(Path file, boolean needed) {
        if (needed && !java.nio.file.Files.isRegularFile(file)) {
            throw CoveException.conflict("it has no " + file.getFileName());
        }
    }

    @Override
    public List<Snapshot> all() {
        return List.copyOf(whole.values());
    }

    @Override
    public Optional<Snapshot> find(SnapshotId id) {
        return Optional.ofNullable(whole.get(id));
    }

    @Override
    public Files files(SnapshotId id) {
        if (!whole.containsKey(id)) {
            throw CoveException.notFound(
                    "the snapshot " + id + " is not here; see: cove snapshot ls");
        }
        return wholeOf(id).files();
    }

    @Override
    public Draft begin(SnapshotId id) {
        if (disks.usage().free().compareTo(DiskPool.HEADROOM) < 0) {
            throw CoveException.unavailable(
                    "the pool has less than "
                            + DiskPool.HEADROOM
                            + " free, so there is no room for a snapshot; destroy VMs, or remove"
                            + " snapshots and images");
        }
        if (wholeOf(id).exists() || !drafts.add(id)) {
            throw CoveException.conflict("the snapshot " + id + " is here already");
        }
        try {
            halfOf(id).make();
            return new Making(id);
        } catch (IOException e) {
            drafts.remove(id);
            throw unwritable(e);
        }
    }

    @Override
    public void delete(SnapshotId id) {
        try {
            whole.remove(id);
            damaged.remove(id);
            if (wholeOf(id).exists()) {
                // From here on it is a half one, whatever happens.
                wholeOf(id).rename(halfOf(id));
                halfOf(id).delete();
            }
        } catch (IOException e) {
            throw unwritable(e);
        }
    }

    @Override
    public void sweep() {
        try {
            for (var name : names()) {
                if (name.endsWith(HALF) && drafts.stream().noneMatch(d -> name.equals(d + HALF))) {
                    new SnapshotFolder(folder.resolve(name)).delete();
                }
            }
        } catch (IOException e) {
            throw unwritable(e);
        }
    }

    @Override
    public List<Finding> examine() {
        var subject = "snapshots";
        return damaged.isEmpty()
                ? List.of(Finding.ok(subject, whole.size() + " are here and can be read"))
                : damaged.entrySet().stream()
                        .map(d ->
                                Finding.problem(
                                        subject,
                                        d.getKey() + " is left out: " + d.getValue(),
                                        "if nobody needs its disk any more: rm -r "
                                                + wholeOf(d.getKey()).path()))
                        .toList();
    }

    private List<String> names() throws IOException {
        try (var entries = java.nio.file.Files.list(folder)) {
            return entries.map(entry -> entry.getFileName().toString()).toList();
        }
    }

    private SnapshotFolder wholeOf(SnapshotId id) {
        return new SnapshotFolder(folder.resolve(id.text()));
    }

    private SnapshotFolder halfOf(SnapshotId id) {
        return new SnapshotFolder(folder.resolve(id + HALF));
    }

    private CoveException unwritable(Exception cause) {
        return CoveException.unavailable(
                "the snapshots in "
                        + folder
                        + " cannot be written or read: "
                        + cause.getMessage()
                        + "; see: cove doctor",
                cause);
    }

    /// Its folder is a half one until it is kept.
    private final class Making implements Draft {
        private final SnapshotId id;

        Making(SnapshotId id) {
            this.id = id;
        }

        @Override
        public Files files() {
            return halfOf(id).files();
        }

        @Override
        public void takeDisk(VmId vm) {
            var disk =
                    disks.find(vm)
                            .orElseThrow(() -> CoveException.notFound(vm + " has no disk to take"));
            try {
                PoolFile.share(disk, files().disk());
            } catch (IOException | SystemCallException e) {
                throw unwritable(e);
            }
        }

        @Override
        public void take(SnapshotId from) {
            var its = SnapshotPool.this.files(from);
            try {
                PoolFile.share(its.disk(), files().disk());
                shareIfThere(its.state(), files().state());
                if (java.nio.file.Files.exists(its.memory())) {
                    // One and the same, so that all who go on from it share its pages in memory.
                    java.nio.file.Files.createLink(files().memory(), its.memory());
                }
            } catch (NoSuchFileException e) {
                throw CoveException.notFound("the snapshot " + from + " has just been deleted");
            } catch (IOException | SystemCallException e) {
                throw unwritable(e);
            }
        }

        private static void shareIfThere(Path from, Path to) throws IOException {
            if (java.nio.file.Files.exists(from)) {
                PoolFile.share(from, to);
            }
        }

        @Override
        public Snapshot keep(Snapshot snapshot) {
            if (!snapshot.id().equals(id)) {
                throw new IllegalArgumentException(snapshot.id() + " is not the draft of " + id);
            }
            requireFiles(snapshot, files());
            try {
                var sleeps = snapshot.kind() == Snapshot.Kind.SLEEP;
                var half = halfOf(id);
                // One that sleeps has its disk beside this, and shares all of it.
                var kept = snapshot.using(sleeps ? half.written() : half.used());
                halfOf(id).seal(codec.write(kept));
                // What forks begin with is gone in a moment, and a host that falls in it loses the
                // original's memory too: nobody has to wait for the disk.
                if (kept.kind() != Snapshot.Kind.FORK) {
                    halfOf(id).sync();
                }
                halfOf(id).rename(wholeOf(id));
                PoolFile.sync(folder);
                whole.put(id, kept);
                return kept;
            } catch (IOException | SystemCallException e) {
                throw unwritable(e);
            }
        }

        @Override
        public void close() {
            if (!drafts.remove(id) || whole.containsKey(id)) {
                return;
            }
            try {
                if (wholeOf(id).exists()) {
                    // Nobody was told that it was kept.
                    wholeOf(id).rename(halfOf(id));
                }
                halfOf(id).delete();
            } catch (IOException e) {
                throw unwritable(e);
            }
        }
    }
}

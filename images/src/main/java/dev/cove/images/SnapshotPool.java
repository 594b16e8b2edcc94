package dev.cove.images;

import dev.cove.core.Bytes;
import dev.cove.core.CoveException;
import dev.cove.core.Snapshot;
import dev.cove.core.SnapshotId;
import dev.cove.core.VmId;
import dev.cove.core.port.Codec;
import dev.cove.core.port.Disks;
import dev.cove.core.port.Snapshots;
import dev.cove.platform.SparseFile;
import dev.cove.platform.SystemCallException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Snapshots in a pool: `snapshots/<id>/` for a whole one, `<id>.half/` for one that is being made
/// or deleted.
public final class SnapshotPool implements Snapshots {
    private static final Logger LOG = LoggerFactory.getLogger(SnapshotPool.class);
    private static final String HALF = ".half";

    /// A memory as large as the guest's may come in.
    private static final Bytes HEADROOM = Bytes.mebibytes(256);

    private final Path folder;
    private final Disks disks;
    private final Codec codec;
    private final Map<SnapshotId, Snapshot> known = new ConcurrentSkipListMap<>();

    /// @param disks the same pool's
    public SnapshotPool(Pool pool, Disks disks, Codec codec) {
        this.folder = pool.root().resolve("snapshots");
        this.disks = disks;
        this.codec = codec;
        try {
            java.nio.file.Files.createDirectories(folder);
        } catch (IOException e) {
            throw broken(e);
        }
        names().stream()
                .filter(SnapshotId::fits)
                .map(SnapshotId::new)
                .flatMap(id -> read(id).stream())
                .forEach(s -> known.put(s.id(), s));
    }

    private Optional<Snapshot> read(SnapshotId id) {
        try {
            var record = codec.read(whole(id).record(), Snapshot.class);
            return Optional.of(record).filter(s -> s.id().equals(id));
        } catch (IOException | CoveException e) {
            LOG.warn("snapshot {} cannot be read and is left alone: {}", id, e.getMessage());
            return Optional.empty();
        }
    }

    @Override
    public List<Snapshot> all() {
        return List.copyOf(known.values());
    }

    @Override
    public Optional<Snapshot> find(SnapshotId id) {
        return Optional.ofNullable(known.get(id));
    }

    @Override
    public Files files(SnapshotId id) {
        if (!known.containsKey(id)) {
            throw CoveException.notFound("the snapshot " + id + " is not here any more");
        }
        return whole(id).files();
    }

    @Override
    public Draft begin(SnapshotId id) {
        var free = disks.usage().free();
        if (free.compareTo(HEADROOM) < 0) {
            throw CoveException.unavailable(
                    "the pool has "
                            + free
                            + " free, and a snapshot is not begun below "
                            + HEADROOM
                            + "; destroy VMs, or remove snapshots and images");
        }
        try {
            half(id).make();
            return new Making(id);
        } catch (IOException e) {
            throw broken(e);
        }
    }

    @Override
    public void delete(SnapshotId id) {
        try {
            if (known.remove(id) != null) {
                // From here on it is a half one, whatever happens.
                whole(id).moveTo(half(id).path());
            }
            half(id).delete();
        } catch (IOException e) {
            throw broken(e);
        }
    }

    @Override
    public void sweep() {
        for (var name : names()) {
            if (name.endsWith(HALF)) {
                try {
                    new SnapshotFolder(folder.resolve(name)).delete();
                } catch (IOException e) {
                    throw broken(e);
                }
            }
        }
    }

    private List<String> names() {
        var names = folder.toFile().list();
        if (names == null) {
            throw broken(new IOException(folder + " cannot be listed"));
        }
        return new ArrayList<>(List.of(names));
    }

    private SnapshotFolder whole(SnapshotId id) {
        return new SnapshotFolder(folder.resolve(id.text()));
    }

    private SnapshotFolder half(SnapshotId id) {
        return new SnapshotFolder(folder.resolve(id + HALF));
    }

    private static CoveException broken(Exception e) {
        return CoveException.unavailable(
                "the snapshots cannot be written: " + e.getMessage() + "; see: cove doctor", e);
    }

    private final class Making implements Draft {
        private final SnapshotId id;

        Making(SnapshotId id) {
            this.id = id;
        }

        @Override
        public Files files() {
            return half(id).files();
        }

        @Override
        public void takeDisk(VmId vm) {
            var disk =
                    disks.find(vm)
                            .orElseThrow(
                                    () -> CoveException.unavailable(vm + " has no disk to take"));
            try {
                SnapshotFolder.makeFile(files().disk());
                SparseFile.share(disk, files().disk());
            } catch (IOException | SystemCallException e) {
                throw broken(e);
            }
        }

        @Override
        public Snapshot keep(Snapshot snapshot) {
            try {
                var used = half(id).used();
                var kept =
                        new Snapshot(
                                id,
                                snapshot.kind(),
                                snapshot.of(),
                                snapshot.name(),
                                snapshot.owner(),
                                snapshot.image(),
                                snapshot.shape(),
                                snapshot.moment(),
                                used,
                                snapshot.created());
                half(id).finish(codec.write(kept));
                half(id).moveTo(whole(id).path());
                known.put(id, kept);
                return kept;
            } catch (IOException e) {
                throw broken(e);
            }
        }

        @Override
        public void close() {
            try {
                half(id).delete();
            } catch (IOException e) {
                throw broken(e);
            }
        }
    }
}

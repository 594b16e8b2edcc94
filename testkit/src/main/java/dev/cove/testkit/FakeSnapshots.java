package dev.cove.testkit;

import dev.cove.core.CoveException;
import dev.cove.core.Finding;
import dev.cove.core.Snapshot;
import dev.cove.core.SnapshotId;
import dev.cove.core.VmId;
import dev.cove.core.port.Snapshots;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// Snapshots that are entries in a [World]. One of these is what one daemon has of them.
public final class FakeSnapshots implements Snapshots {
    private final World world;
    private final Set<SnapshotId> drafts = ConcurrentHashMap.newKeySet();

    public FakeSnapshots(World world) {
        this.world = world;
    }

    @Override
    public List<Snapshot> all() {
        return world.snapshots();
    }

    @Override
    public Optional<Snapshot> find(SnapshotId id) {
        return all().stream().filter(s -> s.id().equals(id)).findFirst();
    }

    @Override
    public Draft begin(SnapshotId id) {
        world.act("Snapshots.begin", () -> open(id));
        return new FakeDraft(id);
    }

    private void open(SnapshotId id) {
        if (world.snapshots.containsKey(id) || !drafts.add(id)) {
            throw CoveException.conflict("the snapshot " + id + " is here already");
        }
        world.drafts.add(id);
    }

    @Override
    public Files files(SnapshotId id) {
        if (find(id).isEmpty()) {
            throw CoveException.notFound("the snapshot " + id + " is not here");
        }
        return paths(id);
    }

    @Override
    public void delete(SnapshotId id) {
        world.act("Snapshots.delete", () -> world.snapshots.remove(id));
    }

    @Override
    public void sweep() {
        world.act("Snapshots.sweep", () -> world.drafts.removeIf(id -> !drafts.contains(id)));
    }

    @Override
    public List<Finding> examine() {
        return List.of();
    }

    private static Files paths(SnapshotId id) {
        var folder = Path.of("/nowhere/snapshots/" + id);
        return new Files(
                folder.resolve("state"), folder.resolve("memory"), folder.resolve("disk.raw"));
    }

    private final class FakeDraft implements Draft {
        private final SnapshotId id;
        private final int deaths = world.deaths();

        FakeDraft(SnapshotId id) {
            this.id = id;
        }

        @Override
        public Files files() {
            return paths(id);
        }

        @Override
        public void takeDisk(VmId vm) {
            world.act("Snapshots.takeDisk", () -> requireDisk(vm));
        }

        @Override
        public void take(SnapshotId from) {
            var its = FakeSnapshots.this.files(from).state();
            world.act("Snapshots.take", () -> world.copyMind(its, files().state()));
        }

        private void requireDisk(VmId vm) {
            if (!world.disks.containsKey(vm)) {
                throw CoveException.notFound(vm + " has no disk to take");
            }
        }

        @Override
        public Snapshot keep(Snapshot snapshot) {
            world.act(
                    "Snapshots.keep",
                    () -> {
                        world.drafts.remove(id);
                        world.snapshots.put(id, snapshot);
                    });
            return snapshot;
        }

        @Override
        public void close() {
            if (drafts.remove(id) && deaths == world.deaths()) {
                synchronized (world) {
                    world.drafts.remove(id);
                }
            }
        }
    }
}

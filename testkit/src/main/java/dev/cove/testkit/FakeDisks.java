package dev.cove.testkit;

import dev.cove.core.Bytes;
import dev.cove.core.CoveException;
import dev.cove.core.Finding;
import dev.cove.core.Image;
import dev.cove.core.VmId;
import dev.cove.core.port.Disks;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Disks that are entries in a [World].
public final class FakeDisks implements Disks {
    private final World world;

    public FakeDisks(World world) {
        this.world = world;
    }

    @Override
    public Path clone(VmId id, Image image, Bytes size, int user) {
        world.act(
                "Disks.clone",
                () -> world.disks.putIfAbsent(id, Collections.max(List.of(size, image.size()))));
        return path(id);
    }

    @Override
    public Path restore(VmId id, Path from, Bytes size, int user) {
        world.act("Disks.restore", () -> world.disks.put(id, size));
        return path(id);
    }

    @Override
    public void grow(VmId id, Bytes size) {
        world.act(
                "Disks.grow",
                () -> {
                    if (present(id).compareTo(size) > 0) {
                        throw CoveException.invalid("the disk of " + id + " cannot shrink");
                    }
                    world.disks.put(id, size);
                });
    }

    @Override
    public void flush(VmId id) {
        world.act("Disks.flush", () -> present(id));
    }

    private Bytes present(VmId id) {
        var size = world.disks.get(id);
        if (size == null) {
            throw CoveException.notFound(id + " has no disk");
        }
        return size;
    }

    @Override
    public Optional<Path> find(VmId id) {
        world.act("Disks.find", () -> {});
        return world.disks().contains(id) ? Optional.of(path(id)) : Optional.empty();
    }

    @Override
    public Optional<Bytes> size(VmId id) {
        world.act("Disks.size", () -> {});
        return Optional.ofNullable(world.diskSizes().get(id));
    }

    @Override
    public void delete(VmId id) {
        world.act("Disks.delete", () -> world.disks.remove(id));
    }

    @Override
    public Set<VmId> present() {
        return world.disks();
    }

    @Override
    public Usage usage() {
        return new Usage(Bytes.gibibytes(100), Bytes.gibibytes(50));
    }

    @Override
    public List<Finding> examine() {
        return List.of();
    }

    private static Path path(VmId id) {
        return Path.of("/nowhere/disks/" + id);
    }
}

package dev.cove.testkit;

import dev.cove.core.Bytes;
import dev.cove.core.Finding;
import dev.cove.core.ProcessRef;
import dev.cove.core.VmId;
import dev.cove.core.port.Host;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/// A host of 4 CPUs and 16 GiB whose folders are entries in a [World].
public final class FakeHost implements Host {
    private final World world;

    public FakeHost(World world) {
        this.world = world;
    }

    @Override
    public int cpus() {
        return 4;
    }

    @Override
    public Bytes memory() {
        return Bytes.gibibytes(16);
    }

    @Override
    public Bytes availableMemory() {
        return Bytes.gibibytes(8);
    }

    @Override
    public OptionalLong endedForWantOfMemory() {
        return OptionalLong.of(world.endedForWantOfMemory());
    }

    @Override
    public Optional<Duration> processorTime(ProcessRef process) {
        return world.processorTime(process.pid());
    }

    @Override
    public Path folder(VmId id) {
        if (!world.folders().contains(id)) {
            world.act("Host.folder", () -> world.folders.add(id));
        }
        return Path.of("/nowhere/vms/" + id);
    }

    @Override
    public void deleteFolder(VmId id) {
        world.act("Host.deleteFolder", () -> world.folders.remove(id));
    }

    @Override
    public Set<VmId> folders() {
        return world.folders();
    }

    @Override
    public List<Finding> examine() {
        return List.of();
    }
}

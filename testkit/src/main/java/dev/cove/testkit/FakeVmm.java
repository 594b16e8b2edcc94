package dev.cove.testkit;

import dev.cove.core.Accelerator;
import dev.cove.core.CoveException;
import dev.cove.core.Finding;
import dev.cove.core.Snapshot;
import dev.cove.core.VmId;
import dev.cove.core.port.Machine;
import dev.cove.core.port.Snapshots;
import dev.cove.core.port.Vmm;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// A VMM whose machines are entries in a [World].
public final class FakeVmm implements Vmm {
    private final World world;

    public FakeVmm(World world) {
        this.world = world;
    }

    @Override
    public String name() {
        return "fake";
    }

    @Override
    public Capabilities capabilities() {
        return new Capabilities(true, "1.0", List.of(Accelerator.NONE), true, "fake 1.0", "");
    }

    @Override
    public Machine launch(Launch launch) {
        world.act("Vmm.launch", () -> world.start(launch.id(), launch.launch()));
        return record(launch);
    }

    private Machine record(Launch launch) {
        var process = world.process(launch.id());
        if (process == null) {
            throw CoveException.unavailable("the fake machine died at once");
        }
        process.recorded = true;
        process.sharers = launch.sharers();
        world.act("Vmm.record", () -> {});
        return new FakeMachine(world, launch.id(), process, launch.folder());
    }

    @Override
    public Machine resume(Launch launch, Snapshot.Moment moment, Snapshots.Files files) {
        world.act("Vmm.resume", () -> world.resume(launch.id(), launch.launch(), files.state()));
        return record(launch);
    }

    @Override
    public void forget(Snapshots.Files files) {
        // It keeps no memory ready.
    }

    @Override
    public Optional<Machine> adopt(VmId id, Path folder) {
        world.act("Vmm.adopt", () -> {});
        var process = world.process(id);
        return process == null || !process.recorded
                ? Optional.empty()
                : Optional.of(new FakeMachine(world, id, process, folder));
    }

    @Override
    public Set<VmId> running() {
        return world.pids().keySet();
    }

    @Override
    public void sweep(VmId id) {
        world.act("Vmm.sweep", () -> world.processes.remove(id));
    }

    @Override
    public List<Finding> examine() {
        return List.of(Finding.ok("fake", "it pretends"));
    }
}

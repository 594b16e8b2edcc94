package dev.cove.core.control;

import dev.cove.core.Bytes;
import dev.cove.core.Name;
import dev.cove.core.Owner;
import dev.cove.core.Snapshot;
import dev.cove.core.Snapshot.Kind;
import dev.cove.core.SnapshotId;
import dev.cove.core.VmId;
import dev.cove.core.VmSpec;
import dev.cove.core.port.Machine;
import dev.cove.core.port.Machine.Save;
import java.time.Duration;
import java.util.Optional;
import java.util.random.RandomGenerator;

/// Takes snapshots of VMs: the one mechanism behind templates, kept snapshots, sleep and forks.
final class Capture {
    /// How long a guest may take to write out what it has not written, and to go on afterwards.
    private static final Duration FLUSH = Duration.ofSeconds(10);

    /// How long one may take to answer that it listens.
    private static final Duration ANSWER = Duration.ofSeconds(10);

    private final Outside outside;
    private final Time time;
    private final RandomGenerator random;

    Capture(Outside outside, Time time, RandomGenerator random) {
        this.outside = outside;
        this.time = time;
        this.random = random;
    }

    /// What is wanted of a snapshot.
    ///
    /// @param of the VM that it is to belong to, if any
    /// @param flush whether the guest is to write everything to its disk first
    /// @param goOn whether the guest goes on afterwards; else it stands still
    record Wish(
            Kind kind, Optional<VmId> of, Name name, Owner owner, boolean flush, boolean goOn) {}

    /// Takes one of a machine that runs. When it throws, the guest goes on, as far as it can be let
    /// go on, and nothing is left.
    ///
    /// @param vmm the name of the machine's driver
    Snapshot take(VmSpec spec, String vmm, Machine machine, Wish wish) throws InterruptedException {
        if (isToBeTold(wish.kind())) {
            outside.boot().greet(machine, ANSWER);
        }
        var flushed = wish.flush() && outside.boot().freeze(machine, FLUSH);
        try {
            var kept = save(spec, vmm, machine, wish, flushed);
            if (wish.goOn()) {
                goOn(machine, flushed);
            }
            return kept;
        } catch (RuntimeException | InterruptedException e) {
            try {
                goOn(machine, flushed);
            } catch (RuntimeException again) {
                e.addSuppressed(again);
            }
            throw e;
        }
    }

    /// Whether somebody goes on from it for sure, who has to be told who they are then. A kept one
    /// of a guest that does not listen can still be booted.
    private static boolean isToBeTold(Kind kind) {
        return switch (kind) {
            case FORK, SLEEP -> true;
            case KEPT, TEMPLATE, IMPORT -> false;
        };
    }

    private Snapshot save(VmSpec spec, String vmm, Machine machine, Wish wish, boolean flushed)
            throws InterruptedException {
        var id = SnapshotId.random(random);
        try (var draft = outside.snapshots().begin(id)) {
            outside.disks().flush(spec.id());
            var how =
                    new Save(
                            draft.files(),
                            () -> draft.takeDisk(spec.id()),
                            outside::memoriesWith,
                            wish.goOn());
            var saved = machine.save(how);
            var moment =
                    new Snapshot.Moment(
                            vmm,
                            outside.vmm(vmm).capabilities().fit(),
                            flushed,
                            saved.standstill(),
                            saved.state(),
                            saved.memory());
            return draft.keep(snapshot(id, spec, wish, Optional.of(moment)));
        }
    }

    private void goOn(Machine machine, boolean frozen) throws InterruptedException {
        machine.proceed();
        if (frozen) {
            outside.boot().thaw(machine, FLUSH);
        }
    }

    /// Takes the disk of a machine that runs. The guest goes on.
    ///
    /// @return whether the guest had written everything to it
    Taken takeDiskOf(VmSpec spec, Machine machine, Wish wish) throws InterruptedException {
        // What is on its way to the disk already costs the guest no standstill.
        outside.disks().flush(spec.id());
        var flushed = outside.boot().freeze(machine, FLUSH);
        try {
            return new Taken(takeDisk(spec, wish), flushed);
        } finally {
            if (flushed) {
                outside.boot().thaw(machine, FLUSH);
            }
        }
    }

    /// A snapshot of a disk.
    ///
    /// @param flushed whether the guest had written everything to it
    record Taken(Snapshot snapshot, boolean flushed) {}

    /// Takes what another snapshot has.
    ///
    /// @param memory whether what the machine was doing, too; else its disk alone
    Snapshot takeAgain(VmSpec spec, Snapshot from, boolean memory, Wish wish) {
        var id = SnapshotId.random(random);
        try (var draft = outside.snapshots().begin(id)) {
            draft.take(from.id());
            var shaped = spec.shaped(from.shape());
            return draft.keep(
                    snapshot(id, shaped, wish, memory ? from.moment() : Optional.empty()));
        }
    }

    /// Takes the disk of a VM that has no machine.
    Snapshot takeDisk(VmSpec spec, Wish wish) {
        var id = SnapshotId.random(random);
        try (var draft = outside.snapshots().begin(id)) {
            draft.takeDisk(spec.id());
            return draft.keep(snapshot(id, spec, wish, Optional.empty()));
        }
    }

    private Snapshot snapshot(
            SnapshotId id, VmSpec spec, Wish wish, Optional<Snapshot.Moment> moment) {
        return new Snapshot(
                id,
                wish.kind(),
                wish.of(),
                wish.name(),
                wish.owner(),
                spec.image(),
                spec.shape(),
                moment,
                new Bytes(0),
                time.now());
    }
}

package dev.cove.core.control;

import dev.cove.core.Bytes;
import dev.cove.core.Caller;
import dev.cove.core.CoveException;
import dev.cove.core.Resized;
import dev.cove.core.Resized.Change;
import dev.cove.core.Resized.Part;
import dev.cove.core.Resized.When;
import dev.cove.core.Shape;
import dev.cove.core.Vm;
import dev.cove.core.VmSpec;
import dev.cove.core.port.Machine;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/// Gives VMs other shapes.
///
/// What changes at the next launch is only written down; the VM's actor makes its disk larger
/// before that. While a VM runs its disk grows first, then it is written down, then its guest is
/// told: a daemon that dies in between leaves a disk that is larger than anybody knows, or than its
/// guest uses, which does no harm, and asking again completes it.
public final class Resizing {
    private static final Duration LONGEST = Duration.ofMinutes(5);
    private static final Duration GUEST = Duration.ofMinutes(2);

    private final Outside outside;
    private final VmBook book;
    private final Keeper keeper;
    private final Vms vms;
    private final NewVms newVms;

    Resizing(Outside outside, VmBook book, Keeper keeper, Vms vms, NewVms newVms) {
        this.outside = outside;
        this.book = book;
        this.keeper = keeper;
        this.vms = vms;
        this.newVms = newVms;
    }

    /// What is to be different.
    ///
    /// @param restart whether one that runs may be restarted for what cannot change meanwhile
    public record Wish(
            Optional<Integer> cpus, Optional<Bytes> memory, Optional<Bytes> disk, boolean restart) {
        public Wish {
            if (cpus.isEmpty() && memory.isEmpty() && disk.isEmpty()) {
                throw CoveException.invalid("say what is to change: cpus, memory or disk");
            }
        }

        private Shape of(Shape was) {
            return new Shape(
                    cpus.orElse(was.cpus()), memory.orElse(was.memory()), disk.orElse(was.disk()));
        }
    }

    /// Changes a VM's shape.
    ///
    /// @throws CoveException INVALID for a smaller disk, or for more than this machine has;
    ///   CONFLICT when it cannot change in the state that it is in; UNAVAILABLE when the disk of
    ///   one that runs did not grow
    public Resized resize(Caller caller, String reference, Wish wish) throws InterruptedException {
        keeper.checkOpen();
        var vm = vms.find(caller, reference);
        var shape = shape(vm, wish);
        return when(vm, shape, wish) == When.NOW
                ? growNow(caller, vm, shape)
                : writeDown(caller, vm, wish);
    }

    private Resized growNow(Caller caller, Vm vm, Shape shape) throws InterruptedException {
        var errand = new Errand<>((spec, _, machine) -> grow(spec, machine, shape.disk()));
        keeper.ask(vm.id(), errand, LONGEST);
        return new Resized(
                vms.find(caller, vm.id().text()), changes(vm.spec().shape(), shape, When.NOW));
    }

    private Vm grow(VmSpec spec, Machine machine, Bytes disk) throws InterruptedException {
        outside.disks().grow(spec.id(), disk);
        machine.growDisk(disk);
        var vm = book.change(spec.id(), s -> s.shaped(withDisk(s.shape(), disk)));
        try {
            outside.boot().grow(machine, disk, GUEST);
        } catch (CoveException e) {
            throw CoveException.unavailable(
                    "the disk of VM \""
                            + spec.name()
                            + "\" has grown to "
                            + disk
                            + ", and its guest does not use it yet: "
                            + e.sentence()
                            + "; ask again, or restart it first with: cove restart "
                            + spec.name(),
                    e);
        }
        return vm;
    }

    private static Shape withDisk(Shape shape, Bytes disk) {
        return new Shape(shape.cpus(), shape.memory(), disk);
    }

    private Resized writeDown(Caller caller, Vm found, Wish wish) {
        var seen = new AtomicReference<>(found);
        var vm =
                vms.change(
                        caller,
                        found.id().text(),
                        spec -> {
                            seen.set(book.find(spec.id()).orElse(found));
                            return changed(seen.get(), wish);
                        });
        var was = seen.get();
        var shape = wish.of(was.spec().shape());
        return new Resized(vm, changes(was.spec().shape(), shape, when(was, shape, wish)));
    }

    private VmSpec changed(Vm vm, Wish wish) {
        var shape = shape(vm, wish);
        var shaped = vm.spec().shaped(shape);
        return switch (when(vm, shape, wish)) {
            case START -> shaped;
            case RESTART -> shaped.stopped(vms.usualGrace()).launchedAgain();
            case NOW ->
                    throw CoveException.busy(
                            "VM \"" + vm.name() + "\" has just been started; try again");
        };
    }

    /// The shape that it would have.
    private Shape shape(Vm vm, Wish wish) {
        var was = vm.spec().shape();
        var shape = wish.of(was);
        if (shape.disk().compareTo(was.disk()) < 0) {
            throw CoveException.invalid(
                    "the disk of VM \""
                            + vm.name()
                            + "\" has "
                            + was.disk()
                            + " and cannot shrink to "
                            + shape.disk()
                            + "; ask for more, or copy what is on it to a new VM");
        }
        if (!sameMachine(was, shape)) {
            newVms.checkHas(shape.cpus(), shape.memory());
        }
        return shape;
    }

    private static boolean sameMachine(Shape one, Shape other) {
        return one.cpus() == other.cpus() && one.memory().equals(other.memory());
    }

    /// From when on it would have it.
    ///
    /// @throws CoveException CONFLICT when it cannot change as it is
    private static When when(Vm vm, Shape shape, Wish wish) {
        if (!vm.atRest()) {
            throw between(vm);
        }
        return switch (vm.state()) {
            case RUNNING -> whileItRuns(vm, shape, wish);
            case STOPPED, FAILED -> When.START;
            case ASLEEP ->
                    throw CoveException.conflict(
                            "VM \""
                                    + vm.name()
                                    + "\" sleeps, and goes on with the shape that it had; wake it"
                                    + " first with: cove wake "
                                    + vm.name());
            case CREATING, STARTING, STOPPING, DELETING -> throw between(vm);
        };
    }

    private static When whileItRuns(Vm vm, Shape shape, Wish wish) {
        if (sameMachine(vm.spec().shape(), shape)) {
            return When.NOW;
        }
        if (!wish.restart()) {
            throw CoveException.conflict(
                    "VM \""
                            + vm.name()
                            + "\" runs, and its CPUs and memory cannot change meanwhile; add"
                            + " --restart, or stop it first with: cove stop "
                            + vm.name());
        }
        return When.RESTART;
    }

    private static CoveException between(Vm vm) {
        return CoveException.conflict(
                "VM \""
                        + vm.name()
                        + "\" is "
                        + vm.state()
                        + ", and only one that runs or is stopped can be resized; "
                        + Remedies.toRun(vm));
    }

    private static List<Change> changes(Shape was, Shape is, When when) {
        var changes = new ArrayList<Change>();
        add(changes, new Change(Part.CPUS, was.cpus(), is.cpus(), when));
        add(changes, new Change(Part.MEMORY, was.memory().count(), is.memory().count(), when));
        add(changes, new Change(Part.DISK, was.disk().count(), is.disk().count(), when));
        return changes;
    }

    private static void add(List<Change> changes, Change change) {
        if (change.from() != change.to()) {
            changes.add(change);
        }
    }
}

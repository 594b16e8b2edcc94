package dev.cove.core.control;

import dev.cove.core.Caller;
import dev.cove.core.CoveException;
import dev.cove.core.Forked;
import dev.cove.core.Name;
import dev.cove.core.Nearest;
import dev.cove.core.Snapshot;
import dev.cove.core.Snapshot.Kind;
import dev.cove.core.Vm;
import dev.cove.core.VmId;
import dev.cove.core.VmState;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// Forks and snapshots: what callers may ask about copies of VMs.
public final class Copies {
    private static final Duration LONGEST = Duration.ofMinutes(5);

    private static final DateTimeFormatter MOMENT =
            DateTimeFormatter.ofPattern("'s'yyyyMMdd-HHmmss").withZone(ZoneOffset.UTC);

    private final Outside outside;
    private final VmBook book;
    private final Keeper keeper;
    private final Vms vms;
    private final NewVms newVms;
    private final Capture capture;
    private final Passing passing;
    private final Time time;
    private final Set<Place> making = ConcurrentHashMap.newKeySet();

    /// A kept snapshot's name, which is unique for a VM.
    private record Place(VmId vm, Name name) {}

    Copies(
            Outside outside,
            VmBook book,
            Keeper keeper,
            Vms vms,
            NewVms newVms,
            Capture capture,
            Passing passing,
            Time time) {
        this.outside = outside;
        this.book = book;
        this.keeper = keeper;
        this.vms = vms;
        this.newVms = newVms;
        this.capture = capture;
        this.passing = passing;
        this.time = time;
    }

    /// Makes running copies of a running VM, which goes on after one standstill.
    ///
    /// @param wanted one for each copy; keys that are left out are the original's
    /// @throws CoveException CONFLICT when it does not run, or a name is taken; UNAVAILABLE when
    ///   there is no memory for so many
    public Forked fork(Caller caller, String source, List<NewVm> wanted)
            throws InterruptedException {
        try (var _ = passing.making()) {
            return forkOnce(caller, source, wanted);
        }
    }

    private Forked forkOnce(Caller caller, String source, List<NewVm> wanted)
            throws InterruptedException {
        keeper.checkOpen();
        var vm = running(caller, source);
        newVms.checkRoom(wanted.size());
        newVms.checkMemory(wanted.size(), vm.spec().shape().memory());
        wanted.stream().flatMap(w -> w.name().stream()).forEach(this::checkFree);
        var snapshot =
                takeRunning(
                        vm,
                        new Capture.Wish(
                                Kind.FORK,
                                Optional.empty(),
                                vm.name(),
                                vm.spec().owner(),
                                false,
                                true));
        var made = new ArrayList<Vm>();
        try {
            for (var one : wanted) {
                made.add(newVms.copy(vm.spec().owner(), one.withKeysOf(vm.spec()), snapshot));
            }
        } catch (RuntimeException e) {
            made.forEach(m -> keeper.wake(book.change(m.id(), s -> s.gone(Duration.ZERO))));
            outside.drop(snapshot.id());
            throw e;
        }
        made.forEach(keeper::wake);
        return new Forked(made, standstill(snapshot));
    }

    private static Duration standstill(Snapshot snapshot) {
        return snapshot.moment().map(Snapshot.Moment::standstill).orElse(Duration.ZERO);
    }

    private void checkFree(Name name) {
        if (book.find(name).isPresent()) {
            throw CoveException.conflict(
                    "a VM called \"%1$s\" is here already; take another name, or destroy it first: cove destroy -f %1$s"
                            .formatted(name));
        }
    }

    /// Takes a snapshot: of memory and disk if it runs, of its disk if it is stopped.
    ///
    /// @param name made of the time if nobody says
    /// @throws CoveException CONFLICT when the name is taken, or the VM is in between
    public Snapshot snapshot(Caller caller, String reference, Optional<Name> name)
            throws InterruptedException {
        keeper.checkOpen();
        var vm = vms.find(caller, reference);
        var called = name.orElseGet(() -> new Name(MOMENT.format(time.now())));
        if (look(vm, called).isPresent()) {
            throw CoveException.conflict(
                    "VM \""
                            + vm.name()
                            + "\" has a snapshot \""
                            + called
                            + "\" already; take another name, or remove it with: cove snapshot rm "
                            + vm.name()
                            + " "
                            + called);
        }
        var wish =
                new Capture.Wish(
                        Kind.KEPT, Optional.of(vm.id()), called, vm.spec().owner(), true, true);
        var place = new Place(vm.id(), called);
        if (!making.add(place)) {
            throw CoveException.busy(
                    "snapshot \"" + called + "\" of VM \"" + vm.name() + "\" is being taken");
        }
        try {
            return take(vm, wish);
        } finally {
            making.remove(place);
        }
    }

    private Snapshot take(Vm vm, Capture.Wish wish) throws InterruptedException {
        return switch (vm.state()) {
            case RUNNING -> takeRunning(vm, wish);
            case STOPPED -> capture.takeDisk(started(vm).spec(), wish);
            case ASLEEP, CREATING, STARTING, STOPPING, FAILED, DELETING ->
                    throw CoveException.conflict(
                            "VM \""
                                    + vm.name()
                                    + "\" is "
                                    + vm.state()
                                    + ", and only one that runs or is stopped can be taken; "
                                    + Remedies.toRun(vm));
        };
    }

    private static Vm started(Vm vm) {
        if (vm.spec().launches() == 0) {
            throw CoveException.conflict(
                    "VM \"%1$s\" has never been started, so it has no disk; start it with: cove start %1$s"
                            .formatted(vm.name()));
        }
        return vm;
    }

    /// The kept snapshots of a VM, the oldest first.
    public List<Snapshot> list(Caller caller, String reference) {
        return kept(vms.find(caller, reference));
    }

    /// One of the kept snapshots of a VM.
    ///
    /// @throws CoveException NOT_FOUND, with the nearest name
    public Snapshot find(Caller caller, String reference, Name name) {
        return find(vms.find(caller, reference), name);
    }

    /// What a VM sleeps in.
    public Optional<Snapshot> sleepOf(Vm vm) {
        return vm.state() == VmState.ASLEEP ? outside.sleepOf(vm.id()) : Optional.empty();
    }

    /// Makes a VM what it was, in place of what it is now; it runs then.
    ///
    /// @param cold whether the snapshot's disk is booted, and what was in memory left out
    /// @throws CoveException CONFLICT when it cannot be resumed here
    public Vm restore(Caller caller, String reference, Name name, boolean cold) {
        var snapshot = find(caller, reference, name);
        if (!cold) {
            check(snapshot);
        }
        return vms.change(
                caller,
                reference,
                s -> {
                    var shaped = s.shaped(snapshot.shape());
                    return cold ? shaped.booted(snapshot) : shaped.resumed(snapshot);
                });
    }

    /// Makes a new VM that goes on from another one's snapshot, or boots its disk.
    ///
    /// @throws CoveException CONFLICT when it cannot be resumed here, INVALID for a shape that it
    ///   cannot have
    public Vm create(Caller caller, String reference, Name name, NewVm wanted) {
        keeper.checkOpen();
        newVms.checkRoom(1);
        var vm = vms.find(caller, reference);
        var snapshot = find(vm, name);
        if (!wanted.start()) {
            throw CoveException.invalid(
                    "a VM that is made of a snapshot starts at once; leave out --no-start");
        }
        if (!wanted.cold()) {
            check(snapshot);
        }
        return keeper.wake(newVms.copy(caller.owner(), wanted.withKeysOf(vm.spec()), snapshot));
    }

    public void remove(Caller caller, String reference, Name name) {
        outside.drop(find(vms.find(caller, reference), name).id());
    }

    private Vm running(Caller caller, String reference) {
        var vm = vms.find(caller, reference);
        if (vm.state() != VmState.RUNNING) {
            throw CoveException.conflict(
                    "VM \""
                            + vm.name()
                            + "\" is "
                            + vm.state()
                            + ", and only one that runs can be forked; "
                            + Remedies.toRun(vm));
        }
        return vm;
    }

    private Snapshot takeRunning(Vm vm, Capture.Wish wish) throws InterruptedException {
        var errand = new Errand<>((spec, vmm, machine) -> capture.take(spec, vmm, machine, wish));
        return keeper.ask(vm.id(), errand, LONGEST);
    }

    /// Why what the machine was doing cannot be resumed here, if it cannot.
    public Optional<String> whyNot(Snapshot snapshot) {
        return snapshot.moment().flatMap(this::whyNot);
    }

    /// The same of what a file says that one was doing.
    Optional<String> whyNot(Snapshot.Moment moment) {
        var driver = outside.vmms().stream().filter(v -> v.name().equals(moment.vmm())).findFirst();
        if (driver.isEmpty()) {
            return Optional.of("the VMM \"" + moment.vmm() + "\" is not here any more");
        }
        var here = driver.get().capabilities().fit();
        return here.equals(moment.fit())
                ? Optional.empty()
                : Optional.of(
                        "it was taken on \""
                                + moment.fit()
                                + "\" and cannot be resumed on \""
                                + here
                                + "\"");
    }

    private void check(Snapshot snapshot) {
        whyNot(snapshot)
                .ifPresent(why -> {
                    throw CoveException.conflict(
                            "snapshot \""
                                    + snapshot.name()
                                    + "\" cannot be resumed here: "
                                    + why
                                    + "; its disk can be booted: --cold");
                });
    }

    private List<Snapshot> kept(Vm vm) {
        return outside.snapshots().all().stream()
                .filter(s -> s.kind() == Kind.KEPT && s.of().equals(Optional.of(vm.id())))
                .sorted(Comparator.comparing(Snapshot::created))
                .toList();
    }

    private Optional<Snapshot> look(Vm vm, Name name) {
        return kept(vm).stream().filter(s -> s.name().equals(name)).findFirst();
    }

    private Snapshot find(Vm vm, Name name) {
        return look(vm, name)
                .orElseThrow(() -> {
                    var near =
                            Nearest.to(
                                    name.text(),
                                    kept(vm).stream().map(s -> s.name().text()).toList());
                    return CoveException.notFound(
                            "VM \""
                                    + vm.name()
                                    + "\" has no snapshot \""
                                    + name
                                    + "\""
                                    + near.map(n -> "; did you mean \"" + n + "\"?")
                                            .orElse("; see: cove snapshot ls " + vm.name()));
                });
    }
}

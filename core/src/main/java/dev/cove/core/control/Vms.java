package dev.cove.core.control;

import dev.cove.core.Caller;
import dev.cove.core.CoveException;
import dev.cove.core.Labels;
import dev.cove.core.Name;
import dev.cove.core.Nearest;
import dev.cove.core.Power;
import dev.cove.core.Printable;
import dev.cove.core.Resume;
import dev.cove.core.Role;
import dev.cove.core.Snapshot;
import dev.cove.core.Vm;
import dev.cove.core.VmId;
import dev.cove.core.VmSpec;
import dev.cove.core.VmState;
import dev.cove.core.port.GuestShell;
import dev.cove.core.port.Machine;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/// What callers may ask about VMs. Each request checks, writes down what is asked for, wakes the
/// VM's actor and answers; `await` waits for the rest.
public final class Vms {
    private final Outside outside;
    private final VmBook book;
    private final Keeper keeper;
    private final NewVms newVms;
    private final Templates templates;
    private final Events events;
    private final Time time;

    public Vms(
            Outside outside,
            VmBook book,
            Keeper keeper,
            NewVms newVms,
            Templates templates,
            Events events,
            Time time) {
        this.outside = outside;
        this.book = book;
        this.keeper = keeper;
        this.newVms = newVms;
        this.templates = templates;
        this.events = events;
        this.time = time;
    }

    /// Writes a new VM down; its actor does the rest. Where a template fits it is forked of that
    /// one; where none does, one is made in the background for the next.
    ///
    /// @throws CoveException INVALID for a shape that this machine cannot give, NOT_FOUND for an
    ///   image that is not here, CONFLICT for a name that is taken, BUSY when there are too many
    public Vm create(Caller caller, NewVm wanted) {
        keeper.checkOpen();
        var vm = keeper.wake(newVms.create(caller, wanted));
        if (wanted.start() && !wanted.cold()) {
            templates.used(vm);
        }
        return vm;
    }

    /// Those that the caller may see, by name.
    public List<Vm> list(Caller caller) {
        return book.all().stream().filter(vm -> isVisible(caller, vm)).toList();
    }

    /// @param reference an id or a name
    /// @throws CoveException NOT_FOUND, with the nearest name, when the caller has no such VM
    public Vm find(Caller caller, String reference) {
        keeper.checkReadable(reference);
        return lookUp(reference)
                .filter(vm -> isVisible(caller, vm))
                .orElseThrow(() -> notFound(caller, reference));
    }

    private static boolean isVisible(Caller caller, Vm vm) {
        return vm.spec().role() == Role.GUEST && caller.maySee(vm.spec().owner());
    }

    /// Asks for it to run, without losing what it has in memory.
    public Vm start(Caller caller, String reference) {
        return start(caller, reference, false);
    }

    /// Asks for it to run: again if it failed, on from where it was if it sleeps, not at all if it
    /// does.
    ///
    /// @param cold whether one that sleeps is to boot instead; what it had in memory is lost then
    public Vm start(Caller caller, String reference, boolean cold) {
        return change(
                caller,
                reference,
                spec -> {
                    var settled = book.settled(spec);
                    var failed = settled.state() == VmState.FAILED && settled.tellsOf(spec);
                    return switch (spec.power()) {
                        case RUNNING -> failed ? launchedAgain(spec) : spec;
                        case ASLEEP -> cold ? spec.launchedAgain() : awake(spec);
                        case STOPPED, GONE -> launchedAgain(spec);
                    };
                });
    }

    /// A copy whose disk could not be made has nothing to boot from: its image's is another one.
    private VmSpec launchedAgain(VmSpec spec) {
        var copies = spec.resume().filter(r -> r.kind() != Snapshot.Kind.TEMPLATE).isPresent();
        if (copies && outside.disks().find(spec.id()).isEmpty()) {
            throw CoveException.conflict(
                    "the disk of VM \""
                            + spec.name()
                            + "\" could not be copied, so there is nothing to start; destroy it"
                            + " with: cove destroy "
                            + spec.name()
                            + ", and make it again");
        }
        return spec.launchedAgain();
    }

    /// Asks for one that sleeps to run on from where it was; nothing when it runs.
    ///
    /// @throws CoveException CONFLICT when it does not sleep and does not run either
    public Vm wake(Caller caller, String reference) {
        return change(
                caller,
                reference,
                spec ->
                        switch (spec.power()) {
                            case RUNNING -> spec;
                            case ASLEEP -> awake(spec);
                            case STOPPED, GONE ->
                                    throw CoveException.conflict(
                                            "VM \""
                                                    + spec.name()
                                                    + "\" does not sleep; start it with: cove start "
                                                    + spec.name());
                        });
    }

    /// One that is still on its way to sleep just runs on, unless it has been saved: its machine
    /// may have gone since. What it woke from a moment ago is of the past.
    private VmSpec awake(VmSpec spec) {
        var sleeps = book.find(spec.id()).filter(vm -> vm.state() == VmState.ASLEEP).isPresent();
        var old = spec.begins().map(Resume::snapshot);
        var saved =
                outside.sleepOf(spec.id()).filter(s -> sleeps || !old.equals(Optional.of(s.id())));
        if (saved.isEmpty() && !sleeps) {
            return spec.running();
        }
        return saved.map(spec::resumed)
                .orElseThrow(() ->
                        CoveException.unavailable(
                                "what \""
                                        + spec.name()
                                        + "\" had in memory is not here any more; boot it with:"
                                        + " cove start --cold "
                                        + spec.name()));
    }

    /// Asks for it to sleep: its memory on disk, no machine.
    ///
    /// @throws CoveException CONFLICT when it does not run
    public Vm sleep(Caller caller, String reference) {
        return change(
                caller,
                reference,
                spec -> {
                    var vm = book.find(spec.id()).orElseThrow();
                    if (spec.power() != Power.ASLEEP && !runs(vm)) {
                        throw Remedies.notRunning(vm);
                    }
                    return spec.asleep();
                });
    }

    /// Not when a launch has been asked for that has not begun: what runs still is about to end.
    private static boolean runs(Vm vm) {
        return vm.state() == VmState.RUNNING && vm.status().tellsOf(vm.spec());
    }

    /// Sets when it is put to sleep by itself.
    public Vm sleepAfter(Caller caller, String reference, Optional<Duration> idle) {
        return change(caller, reference, spec -> spec.sleepingAfter(idle));
    }

    /// How long a guest may take to shut down when nobody says.
    public Duration usualGrace() {
        return newVms.usual().grace();
    }

    /// Asks for it to stop.
    ///
    /// @param grace how long the guest may take; zero kills it
    public Vm stop(Caller caller, String reference, Duration grace) {
        return change(
                caller,
                reference,
                spec -> {
                    refuseAsleep(spec);
                    return spec.stopped(grace);
                });
    }

    /// Asks for it to stop if it runs, and to run again.
    public Vm restart(Caller caller, String reference, Duration grace) {
        return change(
                caller,
                reference,
                spec -> {
                    refuseAsleep(spec);
                    return launchedAgain(spec.stopped(grace));
                });
    }

    /// A guest that sleeps cannot shut down, and what it has in memory is not to be lost unasked.
    static void refuseAsleep(VmSpec spec) {
        if (spec.power() == Power.ASLEEP) {
            throw CoveException.conflict(
                    "VM \""
                            + spec.name()
                            + "\" sleeps; wake it first with: cove wake "
                            + spec.name()
                            + ", or boot it without what it has in memory: cove start --cold "
                            + spec.name());
        }
    }

    public Vm rename(Caller caller, String reference, Name name) {
        return change(caller, reference, spec -> spec.renamed(name));
    }

    public Vm label(Caller caller, String reference, Labels labels) {
        return change(caller, reference, spec -> spec.labelled(labels));
    }

    /// Asks for it to be deleted, with all that is on its disk.
    public Vm destroy(Caller caller, String reference) {
        var vm = find(caller, reference);
        return keeper.wake(book.change(vm.id(), spec -> spec.gone(Duration.ZERO)));
    }

    /// Waits until a VM is as wanted, or no more.
    ///
    /// @return the VM as it is then; as it is at the end of the limit otherwise; empty when it is
    ///   no more
    public Optional<Vm> await(VmId id, Predicate<Vm> wanted, Duration limit)
            throws InterruptedException {
        var changes = new Semaphore(0);
        var until = time.ticks().getAsLong() + limit.toNanos();
        var all = new Caller(keeper.owner(), true);
        try (var _ =
                events.subscribe(
                        all,
                        OptionalLong.empty(),
                        e -> {
                            if (e.subject().equals(id.text())) {
                                changes.release();
                            }
                        })) {
            while (true) {
                changes.drainPermits();
                var vm = book.find(id);
                var left = until - time.ticks().getAsLong();
                if (vm.isEmpty() || wanted.test(vm.get()) || left <= 0) {
                    return vm;
                }
                // A missed event costs a second, not the whole wait.
                var _ =
                        changes.tryAcquire(
                                Math.min(left, TimeUnit.SECONDS.toNanos(1)), TimeUnit.NANOSECONDS);
            }
        }
    }

    /// Waits until a VM has come to what is asked of it, or has failed to.
    public Optional<Vm> awaitRest(VmId id, Duration limit) throws InterruptedException {
        return await(id, Vm::atRest, limit);
    }

    /// The machine of a VM that runs.
    ///
    /// @throws CoveException CONFLICT when it does not
    public Machine machine(Caller caller, String reference) {
        var vm = find(caller, reference);
        return keeper.machine(vm.id()).orElseThrow(() -> Remedies.notRunning(vm));
    }

    /// How to talk to the guest of a VM that is ready.
    ///
    /// @throws CoveException CONFLICT when it is not
    public GuestShell.Guest guest(Caller caller, String reference) {
        var vm = find(caller, reference);
        if (vm.state() != VmState.RUNNING) {
            throw Remedies.notRunning(vm);
        }
        return keeper.guest(vm.spec()).orElseThrow(() -> Remedies.notRunning(vm));
    }

    Vm change(Caller caller, String reference, UnaryOperator<VmSpec> change) {
        keeper.checkOpen();
        var vm = find(caller, reference);
        return keeper.wake(
                book.change(
                        vm.id(),
                        spec -> {
                            if (spec.power() == Power.GONE) {
                                throw CoveException.conflict(
                                        "VM \"" + spec.name() + "\" is being destroyed");
                            }
                            return change.apply(spec);
                        }));
    }

    private Optional<Vm> lookUp(String reference) {
        if (VmId.fits(reference)) {
            var byId = book.find(new VmId(reference));
            if (byId.isPresent()) {
                return byId;
            }
        }
        return Name.fits(reference) ? book.find(new Name(reference)) : Optional.empty();
    }

    private CoveException notFound(Caller caller, String reference) {
        var near =
                Nearest.to(reference, list(caller).stream().map(vm -> vm.name().text()).toList());
        return CoveException.notFound(
                "there is no VM \""
                        + Printable.of(reference, 80)
                        + "\""
                        + near.map(n -> "; did you mean \"" + n + "\"?").orElse("; see: cove ls"));
    }
}

package dev.cove.core.control;

import dev.cove.core.Caller;
import dev.cove.core.CoveException;
import dev.cove.core.Identity;
import dev.cove.core.Image;
import dev.cove.core.Labels;
import dev.cove.core.Name;
import dev.cove.core.Nearest;
import dev.cove.core.Power;
import dev.cove.core.Printable;
import dev.cove.core.Shape;
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
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;

/// What callers may ask about VMs. Each request checks, writes down what is asked for, wakes the
/// VM's actor and answers; `await` waits for the rest.
public final class Vms {
    private final Outside outside;
    private final VmBook book;
    private final Keeper keeper;
    private final Events events;
    private final Usual usual;
    private final Time time;
    private final RandomGenerator random;
    private final Supplier<Identity> identities;

    /// @param random for ids and names
    /// @param identities makes who a new guest is to be
    public Vms(
            Outside outside,
            VmBook book,
            Keeper keeper,
            Events events,
            Usual usual,
            Time time,
            RandomGenerator random,
            Supplier<Identity> identities) {
        this.outside = outside;
        this.book = book;
        this.keeper = keeper;
        this.events = events;
        this.usual = usual;
        this.time = time;
        this.random = random;
        this.identities = identities;
    }

    /// Writes a new VM down; its actor does the rest.
    ///
    /// @throws CoveException INVALID for a shape that this machine cannot give, NOT_FOUND for an
    ///   image that is not here, CONFLICT for a name that is taken, BUSY when there are too many
    public Vm create(Caller caller, NewVm wanted) {
        keeper.checkOpen();
        if (book.count() >= usual.mostVms()) {
            throw CoveException.busy(
                    "there are "
                            + usual.mostVms()
                            + " VMs already; destroy some, or raise max-vms");
        }
        var image = image(wanted.image().orElse(usual.image()));
        var shape = shape(wanted, image);
        wanted.vmm().ifPresent(outside::checkVmm);
        var vm = wanted.name().map(n -> write(caller, wanted, image, shape, n));
        return keeper.wake(vm.orElseGet(() -> writeUnderSomeName(caller, wanted, image, shape)));
    }

    /// Those that the caller may see, by name.
    public List<Vm> list(Caller caller) {
        return book.all().stream().filter(vm -> caller.maySee(vm.spec().owner())).toList();
    }

    /// @param reference an id or a name
    /// @throws CoveException NOT_FOUND, with the nearest name, when the caller has no such VM
    public Vm find(Caller caller, String reference) {
        keeper.checkReadable(reference);
        return lookUp(reference)
                .filter(vm -> caller.maySee(vm.spec().owner()))
                .orElseThrow(() -> notFound(caller, reference));
    }

    /// Asks for it to run: again if it failed, not at all if it does.
    public Vm start(Caller caller, String reference) {
        return change(
                caller,
                reference,
                spec -> {
                    var settled = book.settled(spec);
                    var failed =
                            settled.state() == VmState.FAILED
                                    && settled.launch() == spec.launches();
                    return spec.power() == Power.RUNNING && !failed ? spec : spec.launchedAgain();
                });
    }

    /// How long a guest may take to shut down when nobody says.
    public Duration usualGrace() {
        return usual.grace();
    }

    /// Asks for it to stop.
    ///
    /// @param grace how long the guest may take; zero kills it
    public Vm stop(Caller caller, String reference, Duration grace) {
        return change(caller, reference, spec -> spec.stopped(grace));
    }

    /// Asks for it to stop if it runs, and to run again.
    public Vm restart(Caller caller, String reference, Duration grace) {
        return change(caller, reference, spec -> spec.stopped(grace).launchedAgain());
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
        return keeper.machine(vm.id()).orElseThrow(() -> notRunning(vm));
    }

    /// How to talk to the guest of a VM that is ready.
    ///
    /// @throws CoveException CONFLICT when it is not
    public GuestShell.Guest guest(Caller caller, String reference) {
        var vm = find(caller, reference);
        if (vm.state() != VmState.RUNNING) {
            throw notRunning(vm);
        }
        return keeper.guest(vm.spec()).orElseThrow(() -> notRunning(vm));
    }

    private Vm change(Caller caller, String reference, UnaryOperator<VmSpec> change) {
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

    private Vm writeUnderSomeName(Caller caller, NewVm wanted, Image image, Shape shape) {
        for (var tries = 0; ; tries++) {
            var name = RandomName.of(random);
            // Once the pleasant names have run out, a number makes room for more.
            var candidate = tries < 5 ? name : new Name(name + "-" + random.nextInt(10_000));
            if (book.find(candidate).isEmpty()) {
                try {
                    return write(caller, wanted, image, shape, candidate);
                } catch (CoveException e) {
                    // Somebody else drew the same name at the same moment: draw again.
                    if (e.kind() != CoveException.Kind.CONFLICT || tries > 100) {
                        throw e;
                    }
                }
            }
        }
    }

    private Vm write(Caller caller, NewVm wanted, Image image, Shape shape, Name name) {
        var spec =
                new VmSpec(
                        VmId.random(random),
                        name,
                        caller.owner(),
                        image.ref(),
                        shape,
                        wanted.vmm(),
                        wanted.keys(),
                        wanted.labels(),
                        wanted.start() ? Power.RUNNING : Power.STOPPED,
                        wanted.start() ? 1 : 0,
                        usual.grace(),
                        time.now());
        return book.create(spec, identities.get());
    }

    private Image image(Name name) {
        return outside.images().find(name).orElseThrow(() -> noImage(name));
    }

    private CoveException noImage(Name name) {
        var near =
                Nearest.to(
                        name.text(),
                        outside.images().list().stream().map(i -> i.name().text()).toList());
        return CoveException.notFound(
                "image \""
                        + name
                        + "\" is not here"
                        + near.map(n -> "; did you mean \"" + n + "\"?").orElse("")
                        + "; build it with: cove image build "
                        + name);
    }

    private Shape shape(NewVm wanted, Image image) {
        var host = outside.host();
        var cpus = wanted.cpus().orElse(usual.shape().cpus());
        if (cpus > host.cpus()) {
            throw CoveException.invalid(
                    cpus + " CPUs are more than this machine has (" + host.cpus() + ")");
        }
        var memory = wanted.memory().orElse(usual.shape().memory());
        if (memory.compareTo(host.memory()) > 0) {
            throw CoveException.invalid(
                    memory + " of memory is more than this machine has (" + host.memory() + ")");
        }
        var least = wanted.disk().orElse(usual.shape().disk());
        if (wanted.disk().isPresent() && least.compareTo(image.size()) < 0) {
            throw CoveException.invalid(
                    "a disk of "
                            + least
                            + " is too small for image \""
                            + image.name()
                            + "\", which takes "
                            + image.size());
        }
        return new Shape(cpus, memory, least.compareTo(image.size()) < 0 ? image.size() : least);
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

    private static CoveException notRunning(Vm vm) {
        var remedy =
                switch (vm.state()) {
                    case CREATING, STARTING -> "wait for it with: cove start " + vm.name();
                    case STOPPING, STOPPED, FAILED -> "start it with: cove start " + vm.name();
                    case RUNNING -> "its machine has just ended; see: cove inspect " + vm.name();
                    case DELETING -> "it will be gone in a moment";
                };
        return CoveException.conflict("VM \"" + vm.name() + "\" is " + vm.state() + "; " + remedy);
    }
}

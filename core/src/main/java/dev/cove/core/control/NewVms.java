package dev.cove.core.control;

import dev.cove.core.Bytes;
import dev.cove.core.Caller;
import dev.cove.core.CoveException;
import dev.cove.core.Identity;
import dev.cove.core.Image;
import dev.cove.core.ImageRef;
import dev.cove.core.Name;
import dev.cove.core.Nearest;
import dev.cove.core.Owner;
import dev.cove.core.Power;
import dev.cove.core.Resume;
import dev.cove.core.Role;
import dev.cove.core.Shape;
import dev.cove.core.Snapshot;
import dev.cove.core.Vm;
import dev.cove.core.VmId;
import dev.cove.core.VmSpec;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/// Writes new VMs down, or takes one that stands by.
public final class NewVms {
    private static final int PLEASANT = 5;

    /// What each copy takes that does nothing (docs/benchmarks.md, `density`), and which part of
    /// its memory it will have changed before long: 255 of a booted Debian of 256 MiB had 80 each.
    private static final Bytes OF_EACH_COPY = Bytes.mebibytes(64);

    private static final int PART_OF_ITS_OWN = 8;

    /// Which part of the machine's memory is left to others.
    private static final int PART_LEFT = 16;

    private static final int MOST_TRIES = 100;

    private final Outside outside;
    private final VmBook book;
    private final TemplateShelf shelf;
    private final Usual usual;
    private final Time time;
    private final RandomGenerator random;
    private final Supplier<Identity> identities;

    /// @param random for ids and names
    /// @param identities makes who a new guest is to be
    public NewVms(
            Outside outside,
            VmBook book,
            TemplateShelf shelf,
            Usual usual,
            Time time,
            RandomGenerator random,
            Supplier<Identity> identities) {
        this.outside = outside;
        this.book = book;
        this.shelf = shelf;
        this.usual = usual;
        this.time = time;
        this.random = random;
        this.identities = identities;
    }

    Usual usual() {
        return usual;
    }

    /// What is wanted, with the usual where nothing is said; written down, for `Keeper.wake` to
    /// begin it.
    ///
    /// @throws CoveException INVALID for a shape that this machine cannot give, NOT_FOUND for an
    ///   image that is not here, CONFLICT for a name that is taken, BUSY when there are too many
    Vm create(Caller caller, NewVm wanted) {
        checkRoom(1);
        var image = image(wanted.image().orElse(usual.image()));
        var shape = shape(wanted, image);
        wanted.vmm().ifPresent(outside::checkVmm);
        var template =
                wanted.cold() || !wanted.start()
                        ? Optional.<Snapshot>empty()
                        : shelf.find(image.digest(), shape, wanted.vmm());
        return named(
                wanted.name(),
                name -> {
                    var spec = spec(caller.owner(), wanted, image.ref(), shape, name, template);
                    return template.flatMap(t -> take(t, spec)).orElseGet(() -> write(spec));
                });
    }

    /// The same of a VM that begins with a snapshot.
    ///
    /// @throws CoveException INVALID for a shape that the snapshot cannot have
    Vm copy(Owner owner, NewVm wanted, Snapshot from) {
        var was = from.shape();
        var shape =
                new Shape(
                        wanted.cpus().orElse(was.cpus()),
                        wanted.memory().orElse(was.memory()),
                        wanted.disk().orElse(was.disk()));
        var same = shape.cpus() == was.cpus() && shape.memory().equals(was.memory());
        if (from.moment().isPresent() && !wanted.cold() && !same) {
            throw CoveException.invalid(
                    "a running copy has the CPUs and memory of the original ("
                            + was.cpus()
                            + " and "
                            + was.memory()
                            + "); leave out --cpus and --memory, and resize it afterwards, or boot"
                            + " its disk: --cold");
        }
        checkHas(shape.cpus(), shape.memory());
        if (shape.disk().compareTo(was.disk()) < 0) {
            throw CoveException.invalid(
                    "a disk of " + shape.disk() + " is smaller than the original's " + was.disk());
        }
        return named(
                wanted.name(),
                name -> write(spec(owner, wanted, from.image(), shape, name, Optional.of(from))));
    }

    /// A VM that nobody sees: one that stands by, or is to become a template.
    Vm hidden(Role role, Owner owner, Image image, Shape shape, Optional<Snapshot> from) {
        var id = VmId.random(random);
        var name = new Name(role.name().toLowerCase(Locale.ROOT) + "-" + id.shortText());
        return write(spec(owner, NewVm.usual(), image.ref(), shape, name, from).inRole(role))
                .orThrow();
    }

    /// @param more how many there are to be more
    /// @throws CoveException BUSY
    void checkRoom(int more) {
        if (book.count() + more > usual.mostVms()) {
            throw CoveException.busy(
                    "there may be no more than "
                            + usual.mostVms()
                            + " VMs; destroy some, or raise limits.vms");
        }
    }

    /// Whether there is memory for so many copies. They share what they do not change, but each
    /// needs some to run at all; on a host that has none left everything stands still, and the
    /// kernel ends what it finds largest.
    ///
    /// @throws CoveException UNAVAILABLE
    void checkMemory(int copies, Bytes memory) {
        var host = outside.host();
        var each = OF_EACH_COPY.toMebibytes() + memory.toMebibytes() / PART_OF_ITS_OWN;
        var left = host.memory().toMebibytes() / PART_LEFT;
        var free = Math.max(0, host.availableMemory().toMebibytes() - left);
        if (copies * each > free) {
            throw CoveException.unavailable(
                    "%d copies of %s take some %dM of this machine's memory, and %dM can be had; make fewer, or let VMs sleep: cove sleep VM"
                            .formatted(copies, memory, copies * each, free));
        }
    }

    private Vm named(Optional<Name> wanted, Function<Name, Named> write) {
        return wanted.map(write).map(Named::orThrow).orElseGet(() -> underSomeName(write));
    }

    private Vm underSomeName(Function<Name, Named> write) {
        for (var tries = 0; tries < MOST_TRIES; tries++) {
            var name = RandomName.of(random);
            // Once the pleasant names have run out, a number makes room for more.
            var candidate = tries < PLEASANT ? name : new Name(name + "-" + random.nextInt(10_000));
            // Somebody else may draw the same name at the same moment: then another is drawn.
            if (book.find(candidate).isEmpty()
                    && write.apply(candidate) instanceof Named.Written(var vm)) {
                return vm;
            }
        }
        throw CoveException.unavailable(
                "none of " + MOST_TRIES + " random names was free; give the VM a name");
    }

    private Named write(VmSpec spec) {
        return book.create(spec, identities.get());
    }

    /// One that stands by for this template, if there is one.
    private Optional<Named> take(Snapshot template, VmSpec wanted) {
        for (var ready : shelf.standing(template)) {
            if (ready.spec().shape().equals(wanted.shape())) {
                var taken = book.tryChange(ready.id(), s -> standsBy(s) ? s.takenFor(wanted) : s);
                switch (taken) {
                    case Named.Written(var vm) when !vm.spec().name().equals(wanted.name()) -> {}
                    case Named.Written _, Named.Taken _ -> {
                        return Optional.of(taken);
                    }
                }
            }
        }
        return Optional.empty();
    }

    /// Another request may have taken it meanwhile, or its template may have gone.
    private static boolean standsBy(VmSpec spec) {
        return spec.role() == Role.STANDBY && spec.power() == Power.RUNNING;
    }

    private VmSpec spec(
            Owner owner,
            NewVm wanted,
            ImageRef image,
            Shape shape,
            Name name,
            Optional<Snapshot> from) {
        return new VmSpec(
                VmId.random(random),
                name,
                owner,
                Role.GUEST,
                image,
                shape,
                wanted.vmm(),
                wanted.keys(),
                wanted.labels(),
                wanted.start() ? Power.RUNNING : Power.STOPPED,
                wanted.start() ? 1 : 0,
                from.map(f -> Resume.of(1, f)).map(r -> wanted.cold() ? r.booting() : r),
                usual.grace(),
                wanted.sleepAfter(),
                time.now());
    }

    Image image(Name name) {
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
                        + near.map(n -> "; did you mean \"" + n + "\"? See: cove image ls")
                                .orElse("; build it with: cove image build " + name));
    }

    Shape shape(NewVm wanted, Image image) {
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
        var cpus = wanted.cpus().orElse(usual.shape().cpus());
        var memory = wanted.memory().orElse(usual.shape().memory());
        checkHas(cpus, memory);
        return new Shape(cpus, memory, least.compareTo(image.size()) < 0 ? image.size() : least);
    }

    /// @throws CoveException INVALID when this machine has not so much
    void checkHas(int cpus, Bytes memory) {
        var host = outside.host();
        if (cpus > host.cpus()) {
            throw CoveException.invalid(
                    cpus + " CPUs are more than this machine has (" + host.cpus() + ")");
        }
        if (memory.compareTo(host.memory()) > 0) {
            throw CoveException.invalid(
                    "%s of memory is more than this machine has (%s)"
                            .formatted(memory, Bytes.mebibytes(host.memory().toMebibytes())));
        }
    }
}

package dev.cove.core.control;

import dev.cove.core.CoveException;
import dev.cove.core.Image;
import dev.cove.core.Ipv4;
import dev.cove.core.Role;
import dev.cove.core.Snapshot;
import dev.cove.core.Snapshot.Kind;
import dev.cove.core.SnapshotId;
import dev.cove.core.VmId;
import dev.cove.core.VmSpec;
import dev.cove.core.control.Observed.Disk;
import dev.cove.core.control.Observed.Plug;
import dev.cove.core.port.Boot;
import dev.cove.core.port.BootFiles;
import dev.cove.core.port.GuestShell;
import dev.cove.core.port.Machine;
import dev.cove.core.port.Network;
import dev.cove.core.port.Tap;
import dev.cove.core.port.Vmm;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// Takes an actor's steps, and remembers what it has taken of those that nobody can see from
/// outside: how the tap is plugged, and whose disk it is.
final class Hands {
    private final VmId id;
    private final Outside outside;
    private final VmBook book;
    private final Leases leases;
    private final Limits limits;
    private final Time time;
    private final Mailbox mailbox;
    private final MachineSlot slot;
    private final Capture capture;
    private final Timings timings;

    private Plug plug = Plug.UNKNOWN;
    private @Nullable Tap tap;
    private int restoredFor = -1;

    Hands(
            VmId id,
            Outside outside,
            VmBook book,
            Leases leases,
            Limits limits,
            Time time,
            Mailbox mailbox,
            MachineSlot slot,
            Capture capture,
            Timings timings) {
        this.id = id;
        this.outside = outside;
        this.book = book;
        this.leases = leases;
        this.limits = limits;
        this.time = time;
        this.mailbox = mailbox;
        this.slot = slot;
        this.capture = capture;
        this.timings = timings;
    }

    Plug plug() {
        return plug;
    }

    Disk disk(VmSpec spec) {
        var size = outside.disks().size(id);
        if (size.isEmpty()) {
            return Disk.NONE;
        }
        if (restoredFor == spec.launches()) {
            return Disk.RESTORED;
        }
        return size.get().compareTo(spec.shape().disk()) < 0 ? Disk.SMALL : Disk.OWN;
    }

    void take(Step step, VmSpec spec) throws InterruptedException {
        switch (step) {
            case Step.Lease() -> timings.take("lease", () -> leases.lease(id));
            case Step.CloneDisk() -> timings.take("disk", () -> cloneDisk(spec));
            case Step.GrowDisk() ->
                    timings.take("disk", () -> outside.disks().grow(id, spec.shape().disk()));
            case Step.RestoreDisk(var from) -> timings.take("disk", () -> restoreDisk(spec, from));
            case Step.Plug(var in) -> timings.add("network", () -> plug(spec, in));
            case Step.Launch() -> timings.take("launch", () -> launch(spec));
            case Step.Resume(var from) -> resume(spec, from);
            case Step.Proceed() -> proceed(spec);
            case Step.AwaitWord() -> awaitWord(spec);
            case Step.Become() -> become(spec);
            case Step.AwaitCommand() -> awaitCommand(spec);
            case Step.Save() -> save(spec);
            case Step.DropSleep() -> dropSleep();
            case Step.KeepTemplate() -> keepTemplate(spec);
            case Step.AskToShutDown(var grace) -> askToShutDown(grace);
            case Step.Kill() -> kill();
            case Step.RemoveTap() -> {
                outside.network().detach(id);
                plug = Plug.NONE;
                tap = null;
            }
            case Step.DeleteDisk() -> outside.disks().delete(id);
            case Step.Forget() -> forget(spec);
            case Step.HonourPowerOff() -> honour(spec, s -> s.stopped(s.grace()));
            case Step.HonourReboot() -> honour(spec, VmSpec::launchedAgain);
            case Step.NoteDeath() -> throw new IllegalArgumentException("a death is no act");
        }
    }

    private void cloneDisk(VmSpec spec) {
        outside.disks().clone(id, image(spec), spec.shape().disk(), user());
    }

    private void restoreDisk(VmSpec spec, SnapshotId from) {
        var disk = outside.snapshots().files(from).disk();
        outside.disks().restore(id, disk, spec.shape().disk(), user());
        restoredFor = spec.launches();
    }

    private void plug(VmSpec spec, boolean in) {
        // Known only once it has worked.
        plug = Plug.UNKNOWN;
        tap =
                outside.network()
                        .attach(new Network.Attachment(id, address(), spec.owner(), user(), in));
        plug = in ? Plug.IN : Plug.OUT;
    }

    private Tap tap(VmSpec spec) {
        if (tap == null) {
            plug(spec, plug == Plug.IN);
        }
        return Objects.requireNonNull(tap);
    }

    private void launch(VmSpec spec) {
        var chosen = outside.vmmFor(spec.vmm());
        var files = outside.boot().prepare(spec, image(spec), person(spec), folder());
        var sharers = spec.role() == Role.TEMPLATE ? Vmm.Sharers.FORKS : Vmm.Sharers.NOBODY;
        slot.put(chosen, chosen.launch(order(spec, files, sharers)));
    }

    private void resume(VmSpec spec, SnapshotId from) throws InterruptedException {
        var start = time.ticks().getAsLong();
        var snapshot = snapshot(from);
        var moment =
                snapshot.moment()
                        .orElseThrow(() ->
                                CoveException.unavailable(
                                        from + " is a disk alone, and nothing to resume"));
        var vmm = outside.vmm(moment.vmm());
        var image = image(spec);
        // What a resumed machine would boot from: it never does.
        var files = new BootFiles(image.kernel(), image.initramfs(), image.kernelArguments());
        var order = order(spec, files, siblings(snapshot));
        slot.put(vmm, vmm.resume(order, moment, outside.snapshots().files(from)));
        timings.put("resume", time.since(start));
    }

    /// All forks are in the book before the first of them is woken.
    private Vmm.Sharers siblings(Snapshot from) {
        return switch (from.kind()) {
            case TEMPLATE -> Vmm.Sharers.SIBLINGS;
            case FORK ->
                    book.begunWith(from.id()).size() > 1
                            ? Vmm.Sharers.SIBLINGS
                            : Vmm.Sharers.NOBODY;
            case KEPT, SLEEP, IMPORT -> Vmm.Sharers.NOBODY;
        };
    }

    private Vmm.Launch order(VmSpec spec, BootFiles files, Vmm.Sharers sharers) {
        return new Vmm.Launch(
                id,
                spec.launches(),
                folder(),
                spec.shape().cpus(),
                spec.shape().memory(),
                outside.disks().find(id).orElseThrow(),
                files,
                tap(spec),
                user(),
                sharers);
    }

    private void proceed(VmSpec spec) throws InterruptedException {
        var machine = slot.held();
        var grown =
                spec.begins()
                        .flatMap(begins -> outside.snapshots().find(begins.snapshot()))
                        .filter(s -> spec.shape().disk().compareTo(s.shape().disk()) > 0)
                        .isPresent();
        machine.proceed();
        if (grown && !slot.told(spec.role())) {
            machine.growDisk(spec.shape().disk());
        }
        if (slot.told(spec.role())) {
            // It was to sleep, and is not to any more.
            outside.boot().thaw(machine, limits.kill());
        }
    }

    private void awaitWord(VmSpec spec) throws InterruptedException {
        var held = slot.held();
        var start = time.ticks().getAsLong();
        mailbox.unlessChanged(() -> outside.boot().awaitWord(held, limits.word()));
        slot.tell(spec.role());
        timings.put("guest", time.since(start));
    }

    private void become(VmSpec spec) throws InterruptedException {
        var held = slot.held();
        var start = time.ticks().getAsLong();
        outside.shell().forget(id);
        var person = person(spec);
        var mac = tap(spec).mac();
        mailbox.unlessChanged(() -> outside.boot().become(held, spec, person, mac, limits.word()));
        slot.tell(spec.role());
        timings.put("identity", time.since(start));
    }

    private void awaitCommand(VmSpec spec) throws InterruptedException {
        var start = time.ticks().getAsLong();
        var guest = guest(spec);
        mailbox.unlessChanged(() -> outside.shell().awaitCommand(guest, limits.command()));
        slot.becameReady();
        timings.put("ssh", time.since(start));
        timings.total();
    }

    GuestShell.Guest guest(VmSpec spec) {
        return new GuestShell.Guest(
                id, address(), image(spec).user(), book.identity(id).hostKey().publicKey());
    }

    private void save(VmSpec spec) throws InterruptedException {
        var start = time.ticks().getAsLong();
        outside.shell().forget(id);
        dropSleep();
        capture.take(
                spec,
                slot.driver(),
                slot.held(),
                new Capture.Wish(
                        Kind.SLEEP, Optional.of(id), spec.name(), spec.owner(), true, false));
        timings.put("save", time.since(start));
    }

    private void dropSleep() {
        outside.sleepOf(id).ifPresent(s -> outside.drop(s.id()));
    }

    private void keepTemplate(VmSpec spec) throws InterruptedException {
        outside.shell().forget(id);
        var machine = slot.held();
        outside.boot().prepareTemplate(machine, limits.word());
        capture.take(
                spec,
                slot.driver(),
                machine,
                new Capture.Wish(
                        Kind.TEMPLATE, Optional.empty(), spec.name(), spec.owner(), true, false));
        book.change(id, s -> s.gone(Duration.ZERO));
    }

    /// Ends early, by an interruption, when something changes; whoever asks again meanwhile gives
    /// the guest no more time than the first one did.
    private void askToShutDown(Duration grace) throws InterruptedException {
        outside.shell().forget(id);
        var left = grace.minus(time.since(slot.askedFrom(time.ticks().getAsLong())));
        if (left.isPositive()) {
            slot.held().askToShutDown();
            mailbox.unlessChanged(() -> Thread.sleep(left));
        }
        slot.wasAsked();
    }

    void kill() {
        outside.shell().forget(id);
        var machine = slot.machine();
        machine.ifPresent(m -> m.kill(limits.kill()));
        machine.ifPresent(Machine::close);
        slot.empty();
        // By the next launch, somebody may have taken it away: it is attached again then.
        tap = null;
        restoredFor = -1;
    }

    /// Takes away what a launch has made that came to nothing, its disk included: nobody has
    /// written anything to it.
    void startOver() {
        kill();
        outside.disks().delete(id);
    }

    private void forget(VmSpec spec) {
        outside.snapshots().all().stream()
                .filter(s -> s.of().equals(Optional.of(id)))
                .forEach(s -> outside.drop(s.id()));
        outside.host().deleteFolder(id);
        book.forget(spec);
    }

    private void honour(VmSpec before, UnaryOperator<VmSpec> change) {
        book.change(
                id,
                spec ->
                        isWantedUp(spec) && spec.launches() == before.launches()
                                ? change.apply(spec)
                                : spec);
    }

    private static boolean isWantedUp(VmSpec spec) {
        return switch (spec.power()) {
            case RUNNING, ASLEEP -> true;
            case STOPPED, GONE -> false;
        };
    }

    private Boot.Person person(VmSpec spec) {
        var keys = new ArrayList<>(spec.keys());
        keys.add(outside.shell().key());
        return new Boot.Person(
                book.identity(id), address(), outside.network().subnet(), List.copyOf(keys));
    }

    private Snapshot snapshot(SnapshotId from) {
        return outside.snapshots()
                .find(from)
                .orElseThrow(() ->
                        CoveException.unavailable(
                                "the snapshot "
                                        + from
                                        + " that it was to go on from is not here any more"));
    }

    private Image image(VmSpec spec) {
        var ref = spec.image();
        return outside.images()
                .find(ref.digest())
                .orElseThrow(() ->
                        CoveException.unavailable(
                                "image \""
                                        + ref.name()
                                        + "\" ("
                                        + ref.digest()
                                        + ") that this VM was made of is not here any more"));
    }

    private Path folder() {
        return outside.host().folder(id);
    }

    private Ipv4 address() {
        return leases.of(id).orElseThrow(() -> CoveException.unavailable(id + " has no address"));
    }

    private int user() {
        return outside.userOf(address());
    }
}

package dev.cove.core.control;

import dev.cove.core.CoveException;
import dev.cove.core.Image;
import dev.cove.core.Ipv4;
import dev.cove.core.Power;
import dev.cove.core.Printable;
import dev.cove.core.VmId;
import dev.cove.core.VmSpec;
import dev.cove.core.VmState;
import dev.cove.core.VmStatus;
import dev.cove.core.control.Observed.Presence;
import dev.cove.core.control.Observed.Run;
import dev.cove.core.port.Boot;
import dev.cove.core.port.GuestShell;
import dev.cove.core.port.Machine;
import dev.cove.core.port.Network;
import dev.cove.core.port.Tap;
import dev.cove.core.port.Vmm;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// Owns one VM and nothing else. A turn looks at what is there, plans, and takes the first step;
/// who calls it again and again brings the VM to what is asked for. All turns are taken by one
/// thread.
final class VmActor {
    /// How a turn ended.
    sealed interface Turn {
        /// A step was taken; there may be more.
        record Moved() implements Turn {}

        /// It is as it is asked to be.
        record Settled() implements Turn {}

        /// A clean-up failed and is to be tried again.
        record Troubled(Duration pause) implements Turn {}

        /// The VM is no more.
        record Finished(VmId id) implements Turn {}
    }

    private static final int LONGEST_REASON = 2000;
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);

    private final VmId id;
    private final Outside outside;
    private final VmBook book;
    private final Leases leases;
    private final Limits limits;
    private final Time time;
    private final Mailbox mailbox;
    private final ClockWatch clock;

    private final MachineSlot slot;
    private Presence tap = Presence.UNKNOWN;
    private Optional<Tap> plug = Optional.empty();
    private Duration pause;
    private final Map<String, Duration> timings = new LinkedHashMap<>();
    private int timedLaunch = -1;
    private long begun;

    VmActor(
            VmId id,
            Outside outside,
            VmBook book,
            Leases leases,
            Limits limits,
            Time time,
            Mailbox mailbox) {
        this.id = id;
        this.outside = outside;
        this.book = book;
        this.leases = leases;
        this.limits = limits;
        this.time = time;
        this.mailbox = mailbox;
        this.slot = new MachineSlot(id, mailbox::poke);
        this.pause = limits.retry();
        this.clock = new ClockWatch(time);
    }

    /// Takes over what an earlier daemon has left.
    ///
    /// @param rebooted whether the host has been started since: no process can live on then, and
    ///   nobody is to blame
    void adopt(boolean rebooted) {
        try {
            for (var candidate : outside.vmms()) {
                candidate
                        .adopt(id, outside.host().folder(id))
                        .ifPresent(machine -> slot.put(candidate, machine));
            }
        } finally {
            book.find(id).ifPresent(vm -> remember(vm.spec(), rebooted));
        }
    }

    private void remember(VmSpec spec, boolean rebooted) {
        var settled = book.settled(spec);
        var ran = settled.state() == VmState.RUNNING && settled.launch() == spec.launches();
        slot.known(ran && slot.machine().filter(m -> m.launch() == spec.launches()).isPresent());
        if (ran && !rebooted) {
            slot.lost(spec.launches());
        }
        timings.putAll(settled.timings());
    }

    Optional<Machine> machine() {
        return slot.machine();
    }

    /// Looks, plans, and takes the first step.
    ///
    /// @throws InterruptedException when something changed while it waited for the guest
    Turn turn() throws InterruptedException {
        mailbox.clear();
        var found = book.find(id);
        if (found.isEmpty()) {
            return new Turn.Finished(id);
        }
        var spec = found.get().spec();
        var step = Optional.<Step>empty();
        try {
            var seen = observe(spec);
            step = Planner.plan(spec, seen).stream().findFirst();
            startTheWatch(spec, seen);
            if (step.isEmpty()) {
                settle(spec, seen);
                return new Turn.Settled();
            }
            show(spec, seen, step.get());
            take(step.get(), spec);
            pause = limits.retry();
            return new Turn.Moved();
        } catch (RuntimeException e) {
            return fail(spec, step, e);
        }
    }

    /// Lets go of the machine without touching it.
    void release() {
        slot.machine().ifPresent(Machine::close);
    }

    private Observed observe(VmSpec spec) {
        var settled = book.settled(spec);
        return new Observed(
                leases.of(id).isPresent(),
                outside.disks().find(id).isPresent(),
                tap,
                slot.run(),
                slot.heard(),
                slot.isReady(),
                slot.hasBeenAsked(),
                settled.state() == VmState.FAILED && settled.launch() == spec.launches());
    }

    /// Timings are those of one launch, from its first step on.
    private void startTheWatch(VmSpec spec, Observed seen) {
        var onTheWayUp = spec.power() == Power.RUNNING && seen.run() instanceof Run.None;
        if (onTheWayUp && timedLaunch != spec.launches()) {
            timedLaunch = spec.launches();
            begun = time.ticks().getAsLong();
            timings.clear();
        }
    }

    private void show(VmSpec spec, Observed seen, Step step) {
        var state =
                switch (spec.power()) {
                    case GONE -> VmState.DELETING;
                    case STOPPED -> VmState.STOPPING;
                    case RUNNING -> seen.failed() ? VmState.FAILED : onTheWayUp(spec, step);
                };
        // A daemon that has just come back re-plugs what runs; nobody needs to hear of it.
        if (!(spec.power() == Power.RUNNING && seen.ready())) {
            book.show(spec, state, step.says());
        }
    }

    private static VmState onTheWayUp(VmSpec spec, Step step) {
        var making =
                step instanceof Step.Lease
                        || step instanceof Step.CloneDisk
                        || step instanceof Step.MakeTap;
        return making && spec.launches() <= 1 ? VmState.CREATING : VmState.STARTING;
    }

    private void take(Step step, VmSpec spec) throws InterruptedException {
        switch (step) {
            case Step.Lease() -> timed("lease", () -> leases.lease(id));
            case Step.CloneDisk() -> timed("disk", () -> cloneDisk(spec));
            case Step.MakeTap() -> timed("network", () -> makeTap(spec));
            case Step.Launch() -> timed("launch", () -> launch(spec));
            case Step.AwaitWord() -> awaitWord();
            case Step.AwaitCommand() -> awaitCommand(spec);
            case Step.AskToShutDown(var grace) -> askToShutDown(grace);
            case Step.Kill() -> kill();
            case Step.RemoveTap() -> {
                outside.network().detach(id);
                tap = Presence.NO;
                plug = Optional.empty();
            }
            case Step.DeleteDisk() -> outside.disks().delete(id);
            case Step.Forget() -> {
                outside.host().deleteFolder(id);
                book.forget(spec);
            }
            case Step.HonourPowerOff() -> honourPowerOff(spec);
            case Step.NoteDeath() -> noteDeath(spec);
        }
    }

    private void cloneDisk(VmSpec spec) {
        outside.disks().clone(id, image(spec), spec.shape().disk(), user());
    }

    private void makeTap(VmSpec spec) {
        plug = Optional.of(attach(spec));
        tap = Presence.YES;
    }

    private Tap attach(VmSpec spec) {
        return outside.network()
                .attach(new Network.Attachment(id, address(), spec.owner(), user(), true));
    }

    private void launch(VmSpec spec) {
        var chosen = outside.vmmFor(spec);
        var image = image(spec);
        var folder = outside.host().folder(id);
        var disk = outside.disks().find(id).orElseThrow();
        var keys = new ArrayList<>(spec.keys());
        keys.add(outside.shell().key());
        var person =
                new Boot.Person(book.identity(id), address(), outside.network().subnet(), keys);
        var files = outside.boot().prepare(spec, image, person, folder);
        slot.put(
                chosen,
                chosen.launch(
                        new Vmm.Launch(
                                id,
                                spec.launches(),
                                folder,
                                spec.shape().cpus(),
                                spec.shape().memory(),
                                disk,
                                files,
                                plug.orElseGet(() -> attach(spec)),
                                user(),
                                false)));
    }

    private void awaitWord() throws InterruptedException {
        var held = slot.held();
        var start = time.ticks().getAsLong();
        mailbox.unlessChanged(() -> outside.boot().awaitWord(held, limits.word()));
        slot.heardWord();
        timings.put("guest", time.since(start));
    }

    private void awaitCommand(VmSpec spec) throws InterruptedException {
        var start = time.ticks().getAsLong();
        var guest = guest(spec);
        mailbox.unlessChanged(() -> outside.shell().awaitCommand(guest, limits.command()));
        slot.becameReady();
        timings.put("ssh", time.since(start));
        timings.put("total", time.since(begun));
    }

    GuestShell.Guest guest(VmSpec spec) {
        return new GuestShell.Guest(
                id, address(), image(spec).user(), book.identity(id).hostKey().publicKey());
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

    private void kill() {
        outside.shell().forget(id);
        var machine = slot.machine();
        machine.ifPresent(m -> m.kill(limits.kill()));
        machine.ifPresent(Machine::close);
        slot.empty();
        // By the next launch, somebody may have taken it away: it is attached again then.
        plug = Optional.empty();
    }

    private void honourPowerOff(VmSpec before) {
        book.change(
                id,
                spec ->
                        spec.power() == Power.RUNNING && spec.launches() == before.launches()
                                ? spec.stopped(spec.grace())
                                : spec);
    }

    private void noteDeath(VmSpec spec) {
        var what =
                slot.isLost()
                        ? "its machine was gone when the daemon came back"
                        : "its machine has died";
        settleFailed(spec, what + lastWords() + "; start it again with: cove start " + spec.name());
    }

    private void settle(VmSpec spec, Observed seen) {
        if (spec.power() == Power.STOPPED) {
            book.settle(spec, atRest(VmState.STOPPED, spec, Optional.empty()));
        } else if (seen.failed()) {
            book.settle(spec, book.settled(spec));
        } else {
            var held = slot.held();
            clock.look(outside.boot(), held);
            book.settle(
                    spec,
                    new VmStatus(
                            VmState.RUNNING,
                            spec.launches(),
                            leases.of(id),
                            slot.vmm(),
                            Optional.of(held.accelerator()),
                            Optional.of(held.process()),
                            Optional.empty(),
                            timings,
                            Optional.empty(),
                            time.now()));
        }
    }

    private void settleFailed(VmSpec spec, String reason) {
        book.settle(spec, atRest(VmState.FAILED, spec, Optional.of(reason)));
    }

    private VmStatus atRest(VmState state, VmSpec spec, Optional<String> reason) {
        return new VmStatus(
                state,
                spec.launches(),
                leases.of(id),
                slot.vmm(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                timings,
                reason,
                time.now());
    }

    /// On the way up a failed step fails the launch, and what is half made is taken down again. On
    /// the way down there is nothing to fall back to: it is tried again.
    private Turn fail(VmSpec spec, Optional<Step> step, RuntimeException e) {
        // It may quote the guest, in its SSH server's farewell for one.
        var why =
                Printable.of(
                        e instanceof CoveException c ? c.sentence() : String.valueOf(e),
                        LONGEST_REASON);
        try {
            if (spec.power() == Power.RUNNING && step.isPresent() && !observe(spec).failed()) {
                var waited =
                        step.get() instanceof Step.AwaitWord
                                || step.get() instanceof Step.AwaitCommand;
                settleFailed(spec, waited ? why + lastWords() : why);
                return new Turn.Moved();
            }
            step.ifPresent(s -> book.show(spec, downState(spec), s.says() + " failed: " + why));
        } catch (RuntimeException worse) {
            // The store does not take it either: there is nothing to do but to try again later.
            e.addSuppressed(worse);
        }
        var now = pause;
        pause =
                now.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0
                        ? now.multipliedBy(2)
                        : LONGEST_PAUSE;
        return new Turn.Troubled(now);
    }

    private static VmState downState(VmSpec spec) {
        return switch (spec.power()) {
            case RUNNING -> VmState.FAILED;
            case STOPPED -> VmState.STOPPING;
            case GONE -> VmState.DELETING;
        };
    }

    private String lastWords() {
        var log =
                slot.machine()
                        .map(Machine::consoleLog)
                        .orElseGet(() -> outside.host().folder(id).resolve("console.log"));
        return ConsoleTail.of(log).map(tail -> "; its console ends with: " + tail).orElse("");
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

    private Ipv4 address() {
        return leases.of(id).orElseThrow(() -> CoveException.unavailable(id + " has no address"));
    }

    private int user() {
        return outside.userOf(address());
    }

    private void timed(String step, Runnable work) {
        var start = time.ticks().getAsLong();
        work.run();
        timings.put(step, time.since(start));
    }
}

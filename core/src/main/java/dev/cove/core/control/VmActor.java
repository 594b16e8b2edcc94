package dev.cove.core.control;

import dev.cove.core.CoveException;
import dev.cove.core.Power;
import dev.cove.core.Printable;
import dev.cove.core.Resume;
import dev.cove.core.Role;
import dev.cove.core.Snapshot.Kind;
import dev.cove.core.VmId;
import dev.cove.core.VmSpec;
import dev.cove.core.VmState;
import dev.cove.core.VmStatus;
import dev.cove.core.control.Observed.Run;
import dev.cove.core.port.GuestShell;
import dev.cove.core.port.Machine;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.random.RandomGenerator;

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

        /// It is not its guest's turn to get ready: it is called when it is, and is to ask again
        /// after a while at the latest.
        record Waiting(Duration atMost) implements Turn {}

        /// A clean-up failed and is to be tried again.
        record Troubled(Duration pause) implements Turn {}

        /// The VM is no more.
        record Finished(VmId id) implements Turn {}
    }

    /// @param launch the one that it is of; none of a later one is in the same trouble
    private record Remark(int launch, String text) {}

    private static final int LONGEST_REASON = 2000;
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);

    private final VmId id;
    private final Outside outside;
    private final VmBook book;
    private final Leases leases;
    private final Limits limits;
    private final Doubts doubts;
    private final Time time;
    private final Mailbox mailbox;
    private final ClockWatch clock;
    private final MachineSlot slot;
    private final Timings timings;
    private final Places.Place place;
    private final Hands hands;
    private final Queue<Errand<?>> errands = new ConcurrentLinkedQueue<>();

    private Duration pause;
    // What did not work, of a VM that runs or sleeps all the same.
    private Optional<Remark> remark = Optional.empty();

    VmActor(
            VmId id,
            Outside outside,
            VmBook book,
            Leases leases,
            Limits limits,
            Doubts doubts,
            Time time,
            RandomGenerator random,
            Places places,
            Mailbox mailbox) {
        this.id = id;
        this.outside = outside;
        this.book = book;
        this.leases = leases;
        this.limits = limits;
        this.doubts = doubts;
        this.time = time;
        this.mailbox = mailbox;
        this.slot = new MachineSlot(id, mailbox::poke, outside.host());
        this.pause = limits.retry();
        this.clock = new ClockWatch(time);
        this.timings = new Timings(time);
        this.place = places.of(mailbox::poke);
        this.hands =
                new Hands(
                        id,
                        outside,
                        book,
                        leases,
                        limits,
                        time,
                        mailbox,
                        slot,
                        new Capture(outside, time, random),
                        timings);
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
        var ran = settled.state() == VmState.RUNNING && settled.tellsOf(spec);
        var held = slot.machine().filter(m -> m.launch() == spec.launches()).isPresent();
        if (held && (ran || !spec.resumes())) {
            slot.tell(settled.role());
        }
        if (held && ran) {
            slot.becameReady();
        }
        if (ran && !rebooted) {
            slot.lost(spec.launches());
        }
        if (settled.state() == VmState.RUNNING || settled.state() == VmState.ASLEEP) {
            remark = settled.reason().map(r -> new Remark(settled.launch(), r));
        }
        timings.remember(settled.timings());
    }

    VmId id() {
        return id;
    }

    Optional<Machine> machine() {
        return slot.machine();
    }

    GuestShell.Guest guest(VmSpec spec) {
        return hands.guest(spec);
    }

    /// Has something done with the machine, before the next step.
    void ask(Errand<?> errand) {
        errands.add(errand);
        mailbox.poke();
    }

    /// Looks, plans, and takes the first step.
    ///
    /// @throws InterruptedException when something changed while it waited for the guest
    Turn turn() throws InterruptedException {
        mailbox.clear();
        var found = book.find(id);
        if (found.isEmpty()) {
            place.leave();
            refuseErrands(CoveException.notFound(id + " is not here any more"));
            return new Turn.Finished(id);
        }
        var spec = found.get().spec();
        var step = Optional.<Step>empty();
        try {
            var seen = observe(spec);
            var steps = Planner.plan(spec, seen);
            step = steps.stream().findFirst();
            startTheWatch(spec, seen);
            var wait = queue(spec, seen, steps);
            if (wait.isPresent()) {
                return new Turn.Waiting(wait.get());
            }
            if (step.isEmpty()) {
                settle(spec, seen);
                runErrands(spec);
                return new Turn.Settled();
            }
            show(spec, seen, step.get(), step.get().says());
            if (step.get() instanceof Step.NoteDeath) {
                noteDeath(spec);
            } else {
                hands.take(step.get(), spec);
            }
            if (step.get() instanceof Step.Save) {
                remark = Optional.empty();
            }
            pause = limits.retry();
            return new Turn.Moved();
        } catch (RuntimeException e) {
            return fail(spec, step, e);
        }
    }

    /// Lets go of the machine without touching it.
    void release() {
        refuseErrands(CoveException.unavailable("the daemon is stopping; try again in a moment"));
        slot.machine().ifPresent(Machine::close);
    }

    private Observed observe(VmSpec spec) {
        var settled = book.settled(spec);
        return new Observed(
                leases.of(id).isPresent(),
                hands.disk(spec),
                hands.plug(),
                slot.run(),
                slot.told(spec.role()),
                slot.isReady(spec.role()),
                slot.hasBeenAsked(),
                settled.state() == VmState.FAILED && settled.tellsOf(spec),
                outside.sleepOf(id).isPresent());
    }

    /// Timings are those of one launch, from its first step on, or of becoming somebody's.
    private void startTheWatch(VmSpec spec, Observed seen) {
        if (spec.power() == Power.RUNNING && seen.run() instanceof Run.None) {
            timings.begin(spec.launches());
        } else if (slot.hasBeenToldOtherwise(spec.role())) {
            slot.forgetWhatItWasTold();
            timings.begin();
        }
    }

    /// Keeps to the order in which guests get ready. Whoever has begun goes on, and has its place
    /// until a command has run; nobody else has one.
    ///
    /// @return for how long to wait, at most; empty when there is nothing to wait for
    private Optional<Duration> queue(VmSpec spec, Observed seen, List<Step> steps) {
        var getsReady = steps.contains(new Step.AwaitCommand());
        var begins = getsReady && steps.getFirst().beginsToGetReady();
        if (!begins) {
            if (!getsReady || !(seen.run() instanceof Run.Alive)) {
                place.leave();
            }
            return Optional.empty();
        }
        var wait = place.take(spec.owner(), spec.role() != Role.GUEST);
        if (wait.isEmpty()) {
            timings.unqueue();
        } else if (timings.queue()) {
            show(spec, seen, steps.getFirst(), "waiting for its turn");
        }
        return wait;
    }

    /// @param says what is shown to be done
    private void show(VmSpec spec, Observed seen, Step step, String says) {
        var state =
                switch (spec.power()) {
                    case GONE -> VmState.DELETING;
                    case STOPPED, ASLEEP -> VmState.STOPPING;
                    case RUNNING -> seen.failed() ? VmState.FAILED : onTheWayUp(spec, step);
                };
        // A daemon that has just come back re-plugs what runs; nobody needs to hear of it.
        if (!(spec.power() == Power.RUNNING && seen.ready())) {
            book.show(spec, state, says);
        }
    }

    private static VmState onTheWayUp(VmSpec spec, Step step) {
        var making =
                step instanceof Step.Lease
                        || step instanceof Step.CloneDisk
                        || step instanceof Step.GrowDisk
                        || step instanceof Step.RestoreDisk
                        || step instanceof Step.Plug;
        return making && spec.launches() <= 1 ? VmState.CREATING : VmState.STARTING;
    }

    private void runErrands(VmSpec spec) throws InterruptedException {
        if (spec.power() != Power.RUNNING || slot.machine().isEmpty()) {
            refuseErrands(
                    CoveException.conflict(
                            "VM \""
                                    + spec.name()
                                    + "\" does not run; start it with: cove start "
                                    + spec.name()));
            return;
        }
        for (var errand = errands.poll(); errand != null; errand = errands.poll()) {
            errand.run(spec, slot.driver(), slot.held());
        }
    }

    private void refuseErrands(CoveException why) {
        for (var errand = errands.poll(); errand != null; errand = errands.poll()) {
            errand.refuse(why);
        }
    }

    private void noteDeath(VmSpec spec) {
        var what =
                slot.isLost()
                        ? "its machine was gone when the daemon came back"
                        : "its machine has died" + memory();
        if (spec.power() == Power.ASLEEP) {
            book.change(id, s -> s.launches() == spec.launches() ? s.running() : s);
        }
        settleFailed(spec, what + lastWords() + "; start it again with: cove start " + spec.name());
    }

    private String memory() {
        return slot.mayHaveLackedMemory()
                ? "; since it began the kernel has ended processes for want of memory (see: dmesg)"
                : "";
    }

    private void settle(VmSpec spec, Observed seen) {
        switch (spec.power()) {
            case STOPPED, GONE ->
                    book.settle(spec, atRest(VmState.STOPPED, spec, Optional.empty()));
            case ASLEEP -> book.settle(spec, atRest(VmState.ASLEEP, spec, remarkOn(spec)));
            case RUNNING -> {
                if (seen.failed()) {
                    book.settle(spec, book.settled(spec));
                } else {
                    settleRunning(spec);
                }
            }
        }
    }

    private void settleRunning(VmSpec spec) {
        var held = slot.held();
        clock.look(outside.boot(), held);
        book.settle(
                spec,
                new VmStatus(
                        VmState.RUNNING,
                        spec.launches(),
                        spec.role(),
                        leases.of(id),
                        slot.vmm(),
                        Optional.of(held.accelerator()),
                        Optional.of(held.process()),
                        Optional.empty(),
                        timings.all(),
                        remarkOn(spec),
                        time.now()));
    }

    private Optional<String> remarkOn(VmSpec spec) {
        return remark.filter(r -> r.launch() == spec.launches()).map(Remark::text);
    }

    private void settleFailed(VmSpec spec, String reason) {
        book.settle(spec, atRest(VmState.FAILED, spec, Optional.of(reason)));
    }

    private VmStatus atRest(VmState state, VmSpec spec, Optional<String> reason) {
        return new VmStatus(
                state,
                spec.launches(),
                spec.role(),
                leases.of(id),
                slot.vmm(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                timings.all(),
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
        if (step.filter(Step::beginsToGetReady).isPresent()) {
            place.leave();
        }
        try {
            if (step.isPresent() && fallBack(spec, step.get(), why)) {
                return new Turn.Moved();
            }
            step.ifPresent(
                    s -> book.show(spec, troubledState(spec, s), s.says() + " failed: " + why));
        } catch (RuntimeException worse) {
            // The store does not take it either: there is nothing to do but to try again later.
            e.addSuppressed(worse);
        }
        // Others would wait for one that is not even at it.
        place.giveUp();
        var now = pause;
        pause =
                now.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0
                        ? now.multipliedBy(2)
                        : LONGEST_PAUSE;
        return new Turn.Troubled(now);
    }

    /// What a VM is to be whose step has failed: one that was to sleep runs on, one that was to
    /// wake sleeps on, one that a template did not work for is booted; any other has failed.
    private boolean fallBack(VmSpec spec, Step step, String why) {
        if (spec.power() == Power.ASLEEP && !goesDown(step)) {
            remark(spec.launches(), "it was not put to sleep: " + why);
            book.change(id, s -> s.launches() == spec.launches() ? s.running() : s);
            return true;
        }
        var seen = observe(spec);
        if (spec.power() != Power.RUNNING || seen.failed() || isUpkeep(step, seen)) {
            return false;
        }
        var from = spec.begins().map(Resume::kind);
        var waited =
                step instanceof Step.AwaitWord
                        || step instanceof Step.AwaitCommand
                        || step instanceof Step.Become;
        if (from.equals(Optional.of(Kind.SLEEP))) {
            remark(
                    spec.launches(),
                    "it did not wake: %s; to boot it, without what it has in memory: cove start --cold %s"
                            .formatted(why, spec.name()));
            hands.kill();
            book.change(id, s -> s.launches() == spec.launches() ? s.asleep() : s);
        } else if (from.equals(Optional.of(Kind.TEMPLATE))) {
            doubts.raise(spec.begins().orElseThrow().snapshot());
            remark(
                    spec.launches() + 1,
                    "its template did not work, so it was booted: "
                            + step.says()
                            + " failed: "
                            + why
                            + (waited ? lastWords() : ""));
            hands.startOver();
            book.change(id, s -> s.launches() == spec.launches() ? s.launchedAgain() : s);
        } else {
            settleFailed(spec, waited ? why + lastWords() : why);
        }
        return true;
    }

    private void remark(int launch, String text) {
        remark = Optional.of(new Remark(launch, text));
    }

    /// Whether it is done to a guest that is up and in use. Nothing of that is worth its end: it is
    /// tried again.
    private static boolean isUpkeep(Step step, Observed seen) {
        var keeps =
                step instanceof Step.Plug
                        || step instanceof Step.DropSleep
                        || step instanceof Step.Proceed;
        return keeps && seen.ready() && seen.run() instanceof Run.Alive;
    }

    private static boolean goesDown(Step step) {
        return step instanceof Step.Kill || step instanceof Step.RemoveTap;
    }

    private VmState troubledState(VmSpec spec, Step step) {
        return switch (spec.power()) {
            case RUNNING -> isUpkeep(step, observe(spec)) ? VmState.RUNNING : VmState.FAILED;
            case STOPPED, ASLEEP -> VmState.STOPPING;
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
}

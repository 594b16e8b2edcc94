package dev.cove.core.control;

import dev.cove.core.Caller;
import dev.cove.core.CoveException;
import dev.cove.core.Export;
import dev.cove.core.Snapshot;
import dev.cove.core.Snapshot.Kind;
import dev.cove.core.Vm;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Optional;

/// Takes VMs out of here, each as one file. The VM is taken at one moment, as a snapshot that goes
/// when the file is written; what it does meanwhile is not in it.
public final class Exporting {
    private static final Duration LONGEST = Duration.ofMinutes(5);

    private final Outside outside;
    private final Keeper keeper;
    private final Vms vms;
    private final Capture capture;
    private final Passing passing;

    Exporting(Outside outside, Keeper keeper, Vms vms, Capture capture, Passing passing) {
        this.outside = outside;
        this.keeper = keeper;
        this.vms = vms;
        this.capture = capture;
        this.passing = passing;
    }

    /// A VM that has been taken. Whoever has it closes it.
    public final class Parcel implements AutoCloseable {
        private final Export export;
        private final Snapshot snapshot;
        private final boolean flushed;
        private final Passing.Hold hold;

        private Parcel(Export export, Snapshot snapshot, boolean flushed, Passing.Hold hold) {
            this.export = export;
            this.snapshot = snapshot;
            this.flushed = flushed;
            this.hold = hold;
        }

        /// What its machine was doing; empty when its disk alone was taken.
        public Optional<Snapshot.Moment> moment() {
            return export.moment();
        }

        /// Whether its disk has all that the guest had written; else it is as after a power cut.
        public boolean flushed() {
            return flushed;
        }

        /// @throws IOException when the stream does not take it
        /// @throws CoveException UNAVAILABLE when a file of it cannot be read
        public void writeTo(OutputStream to) throws IOException, InterruptedException {
            outside.exports().write(export, outside.snapshots().files(snapshot.id()), to);
        }

        @Override
        public void close() {
            try (hold) {
                outside.drop(snapshot.id());
            }
        }
    }

    /// Takes a VM as it is now.
    ///
    /// @param running whether with what it is doing, in memory or asleep; else its disk alone
    /// @throws CoveException CONFLICT when it is in between, or does nothing
    public Parcel take(Caller caller, String reference, boolean running)
            throws InterruptedException {
        keeper.checkOpen();
        var vm = vms.find(caller, reference);
        try (var _ = passing.making()) {
            var taken = taken(vm, running);
            var snapshot = taken.snapshot();
            return new Parcel(
                    Export.of(vm.spec(), snapshot),
                    snapshot,
                    taken.flushed(),
                    passing.hold(snapshot.id()));
        }
    }

    private Capture.Taken taken(Vm vm, boolean running) throws InterruptedException {
        return switch (vm.state()) {
            case RUNNING -> running ? withMemory(vm) : ask(vm, disk(vm));
            case STOPPED -> {
                if (running) {
                    throw CoveException.conflict(
                            "VM \""
                                    + vm.name()
                                    + "\" is stopped and has nothing in memory; leave out"
                                    + " --running, or start it first with: cove start "
                                    + vm.name());
                }
                yield new Capture.Taken(capture.takeDisk(vm.spec(), wish(vm)), true);
            }
            case ASLEEP -> asleep(vm, running);
            case CREATING, STARTING, STOPPING, FAILED, DELETING ->
                    throw CoveException.conflict(
                            "VM \""
                                    + vm.name()
                                    + "\" is "
                                    + vm.state()
                                    + ", and only one that runs, sleeps or is stopped can be"
                                    + " exported; "
                                    + Remedies.toRun(vm));
        };
    }

    private Capture.Taken withMemory(Vm vm) throws InterruptedException {
        return ask(
                vm,
                new Errand<>((spec, vmm, machine) -> {
                    var snapshot = capture.take(spec, vmm, machine, wish(vm));
                    return new Capture.Taken(
                            snapshot,
                            snapshot.moment().filter(Snapshot.Moment::flushed).isPresent());
                }));
    }

    private Errand<Capture.Taken> disk(Vm vm) {
        return new Errand<>((spec, _, machine) -> capture.takeDiskOf(spec, machine, wish(vm)));
    }

    private Capture.Taken ask(Vm vm, Errand<Capture.Taken> errand) throws InterruptedException {
        return keeper.ask(vm.id(), errand, LONGEST);
    }

    private Capture.Taken asleep(Vm vm, boolean running) {
        var sleep =
                outside.sleepOf(vm.id())
                        .orElseThrow(() ->
                                CoveException.conflict(
                                        "VM \"" + vm.name() + "\" has just woken; try again"));
        return new Capture.Taken(
                capture.takeAgain(vm.spec(), sleep, running, wish(vm)),
                sleep.moment().filter(Snapshot.Moment::flushed).isPresent());
    }

    private static Capture.Wish wish(Vm vm) {
        return new Capture.Wish(
                Kind.FORK, Optional.empty(), vm.name(), vm.spec().owner(), true, true);
    }
}

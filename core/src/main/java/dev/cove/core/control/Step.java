package dev.cove.core.control;

import dev.cove.core.SnapshotId;
import java.time.Duration;

/// One thing that brings a VM nearer to its spec. Doing it twice is doing it once.
public sealed interface Step {
    /// What a waiting user reads.
    default String says() {
        return switch (this) {
            case Lease() -> "leasing an address";
            case CloneDisk() -> "cloning the disk";
            case GrowDisk() -> "making the disk larger";
            case RestoreDisk(_) -> "cloning the snapshot's disk";
            case Plug(var in) -> in ? "plugging it into the network" : "keeping it off the network";
            case Launch() -> "starting the machine";
            case Resume(_) -> "resuming the machine";
            case Proceed() -> "letting the guest go on";
            case AwaitWord() -> "waiting for the guest to boot";
            case Become() -> "telling the guest who it is";
            case AwaitCommand() -> "waiting for SSH to run a command";
            case Save() -> "writing down its memory";
            case DropSleep() -> "dropping what it slept in";
            case KeepTemplate() -> "keeping it as a template";
            case AskToShutDown(_) -> "asking the guest to shut down";
            case Kill() -> "ending the machine's process";
            case RemoveTap() -> "unplugging it from the network";
            case DeleteDisk() -> "deleting the disk";
            case Forget() -> "forgetting it";
            case HonourPowerOff() -> "noting that the guest has turned itself off";
            case HonourReboot() -> "noting that the guest wants to boot again";
            case NoteDeath() -> "noting that the machine has died";
        };
    }

    /// Whether a guest that is not ready begins to get so with it, and needs a processor from then
    /// on.
    default boolean beginsToGetReady() {
        return this instanceof Launch || this instanceof Resume || this instanceof Proceed;
    }

    record Lease() implements Step {}

    record CloneDisk() implements Step {}

    /// Makes its disk as large as it is to be.
    record GrowDisk() implements Step {}

    /// Gives it the snapshot's disk, in place of any that it has.
    record RestoreDisk(SnapshotId snapshot) implements Step {}

    /// Makes its tap, if there is none, and has it on the bridge or not.
    record Plug(boolean in) implements Step {}

    record Launch() implements Step {}

    record Resume(SnapshotId snapshot) implements Step {}

    /// Lets a guest that stands still go on.
    record Proceed() implements Step {}

    record AwaitWord() implements Step {}

    /// Tells a guest that was resumed who it is to be.
    record Become() implements Step {}

    record AwaitCommand() implements Step {}

    /// Writes down its disk, memory and state, to sleep in; the guest stands still from then on.
    record Save() implements Step {}

    /// Deletes the snapshot that it slept in.
    record DropSleep() implements Step {}

    /// Saves it as a template, and asks for it to go.
    record KeepTemplate() implements Step {}

    record AskToShutDown(Duration grace) implements Step {}

    record Kill() implements Step {}

    record RemoveTap() implements Step {}

    record DeleteDisk() implements Step {}

    /// Deletes its snapshots and its folder, and then its records: the last thing that ever happens
    /// to it.
    record Forget() implements Step {}

    /// The guest has turned itself off: that is what is asked for from now on.
    record HonourPowerOff() implements Step {}

    /// The guest wants to boot again, and its machine cannot: it is launched once more.
    record HonourReboot() implements Step {}

    /// The machine's process has gone without being asked to.
    record NoteDeath() implements Step {}
}

package dev.cove.core.control;

/// What is there of a VM right now, as found on the host; never what we hope for.
///
/// @param disk what it has for one
/// @param told whether the guest is up and knows who it is to be, in this launch
/// @param ready whether a command has run in the guest since it was told
/// @param asked whether the guest has been asked to shut down, and its time to do so is over
/// @param failed whether this launch has failed already; only another one may try again
/// @param saved whether there is a snapshot that it sleeps in
public record Observed(
        boolean lease,
        Disk disk,
        Plug plug,
        Run run,
        boolean told,
        boolean ready,
        boolean asked,
        boolean failed,
        boolean saved) {
    /// Nothing of it is there.
    public static final Observed NOTHING =
            new Observed(
                    false, Disk.NONE, Plug.NONE, new Run.None(), false, false, false, false, false);

    /// A VM's disk.
    public enum Disk {
        NONE,
        /// As its last machine left it, or fresh.
        OWN,
        /// The same, and not as large as it is to be.
        SMALL,
        /// The snapshot's that this launch goes on from.
        RESTORED
    }

    /// A VM's tap. After a start of the daemon it may not know, and then takes the idempotent step
    /// rather than the time to find out.
    public enum Plug {
        IN,
        /// It is there, and not on the bridge.
        OUT,
        NONE,
        UNKNOWN
    }

    /// How the machine's process is.
    public sealed interface Run {
        record None() implements Run {}

        /// @param still whether the guest stands still: resumed or saved, and not let go on yet
        record Alive(int launch, boolean still) implements Run {}

        /// The guest has turned itself off; the process waits to be ended.
        ///
        /// @param again whether it did so to boot again
        record Off(int launch, boolean again) implements Run {}

        /// It was there in this launch and has gone by itself.
        record Dead(int launch) implements Run {}
    }
}

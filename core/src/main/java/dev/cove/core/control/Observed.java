package dev.cove.core.control;

/// What is there of a VM right now, as found on the host; never what we hope for.
///
/// @param word whether the guest's first process has said that it is up, in this launch
/// @param ready whether a command has run in the guest, in this launch
/// @param asked whether the guest has been asked to shut down, and its time to do so is over
/// @param failed whether this launch has failed already; only another one may try again
public record Observed(
        boolean lease,
        boolean disk,
        Presence tap,
        Run run,
        boolean word,
        boolean ready,
        boolean asked,
        boolean failed) {
    public static final Observed NOTHING =
            new Observed(false, false, Presence.NO, new Run.None(), false, false, false, false);

    /// Whether something is there. After a start of the daemon it may not know, and then takes the
    /// idempotent step rather than the time to find out.
    public enum Presence {
        YES,
        NO,
        UNKNOWN
    }

    /// How the machine's process is.
    public sealed interface Run {
        record None() implements Run {}

        record Alive(int launch) implements Run {}

        /// The guest has turned itself off; the process waits to be ended.
        record Off(int launch) implements Run {}

        /// It was there in this launch and has gone by itself.
        record Dead(int launch) implements Run {}
    }
}

package dev.cove.client;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/// What is to happen to a VM's power.
///
/// @param grace how long the guest may take to shut down; the daemon's default when empty
/// @param force whether it is killed at once
/// @param cold whether one that sleeps is booted, and loses what it had in memory
/// @param patience how long to wait until the VM has settled; zero does not wait
public record PowerChange(
        Verb verb, Optional<Duration> grace, boolean force, boolean cold, Duration patience) {
    public PowerChange(Verb verb, Optional<Duration> grace, boolean force, Duration patience) {
        this(verb, grace, force, false, patience);
    }

    /// As in the API's paths.
    public enum Verb {
        START,
        STOP,
        RESTART,
        SLEEP,
        WAKE;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}

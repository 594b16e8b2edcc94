package dev.cove.client;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/// What is to happen to a VM's power.
///
/// @param grace how long the guest may take to shut down; the daemon's default when empty
/// @param force whether it is killed at once
/// @param patience how long to wait until the VM has settled; zero does not wait
public record PowerChange(Verb verb, Optional<Duration> grace, boolean force, Duration patience) {
    /// As in the API's paths.
    public enum Verb {
        START,
        STOP,
        RESTART;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}

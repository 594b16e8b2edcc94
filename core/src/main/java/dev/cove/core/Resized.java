package dev.cove.core;

import java.util.List;
import java.util.Locale;

/// A VM whose shape was changed.
///
/// @param changes what is different now, and from when on; none when it was so already
public record Resized(Vm vm, List<Change> changes) {
    public Resized {
        changes = List.copyOf(changes);
    }

    /// @param from, to processors, or bytes
    public record Change(Part part, long from, long to, When when) {}

    public enum Part {
        CPUS,
        MEMORY,
        DISK;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// From when on a guest has what it was given.
    public enum When {
        /// Already, while it ran.
        NOW,
        /// From the restart that comes with it.
        RESTART,
        /// From its next start.
        START;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}

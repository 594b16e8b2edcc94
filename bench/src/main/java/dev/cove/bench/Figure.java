package dev.cove.bench;

import java.time.Duration;
import java.util.List;
import java.util.Locale;

/// One line of the table: what was measured, against what, and what it has to be.
sealed interface Figure {
    String name();

    boolean reached();

    /// What came out, as a reader wants it: `1.12 (at most 1.25)`.
    String outcome();

    List<Samples> samples();

    /// What is to be said of it.
    default String verdict() {
        return reached() ? "reached" : "**missed**";
    }

    /// How many times as long as the other side Cove takes.
    ///
    /// @param share which percentile is compared: 0.5, 0.95
    /// @param atMost the goal
    record Ratio(String name, Samples cove, Samples other, double share, double atMost)
            implements Figure {
        /// Median by median.
        Ratio(String name, Samples cove, Samples other, double atMost) {
            this(name, cove, other, 0.5, atMost);
        }

        double value() {
            return (double) cove.at(share).toNanos() / other.at(share).toNanos();
        }

        @Override
        public boolean reached() {
            return value() <= atMost;
        }

        @Override
        public String outcome() {
            return (share == 0.5 ? "" : String.format(Locale.ROOT, "p%.0f ", share * 100))
                    + String.format(Locale.ROOT, "%.2f (at most %.2f)", value(), atMost);
        }

        @Override
        public List<Samples> samples() {
            return List.of(cove, other);
        }
    }

    /// A time that a user waits, held against a limit.
    ///
    /// @param share which percentile counts: 0.5, 0.95, 0.99
    record Limit(String name, Samples cove, double share, Duration atMost) implements Figure {
        Duration value() {
            return cove.at(share);
        }

        @Override
        public boolean reached() {
            return value().compareTo(atMost) <= 0;
        }

        @Override
        public String outcome() {
            return String.format(
                    Locale.ROOT,
                    "p%.0f %s ms (at most %d)",
                    share * 100,
                    Report.millis(value()),
                    atMost.toMillis());
        }

        @Override
        public List<Samples> samples() {
            return List.of(cove);
        }
    }

    /// Something that is counted and not timed: hangs, leftovers, lost writes.
    record Count(String name, long value, long atMost) implements Figure {
        @Override
        public boolean reached() {
            return value <= atMost;
        }

        @Override
        public String outcome() {
            return value + " (at most " + atMost + ")";
        }

        @Override
        public List<Samples> samples() {
            return List.of();
        }
    }

    /// What there is to know beside the others. Nothing is asked of it.
    ///
    /// @param outcome a number and its unit
    record Told(String name, String outcome) implements Figure {
        @Override
        public boolean reached() {
            return true;
        }

        @Override
        public String verdict() {
            return "";
        }

        @Override
        public List<Samples> samples() {
            return List.of();
        }
    }
}

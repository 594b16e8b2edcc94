package dev.cove.bench;

import java.time.Duration;
import java.util.List;

/// What one side of a comparison took, run by run.
record Samples(String side, List<Duration> runs) {
    Samples {
        if (runs.isEmpty()) {
            throw new IllegalArgumentException("no runs of " + side);
        }
        runs = List.copyOf(runs);
    }

    Duration median() {
        var sorted = runs.stream().sorted().toList();
        var middle = sorted.size() / 2;
        return sorted.size() % 2 == 1
                ? sorted.get(middle)
                : sorted.get(middle - 1).plus(sorted.get(middle)).dividedBy(2);
    }

    /// A percentile, or the median.
    Duration at(double share) {
        return share == 0.5 ? median() : percentile(share);
    }

    /// The smallest that at least this share of the runs did not exceed (nearest rank).
    ///
    /// @param share above 0, at most 1
    Duration percentile(double share) {
        if (!(share > 0 && share <= 1)) {
            throw new IllegalArgumentException("a share is above 0 and at most 1: " + share);
        }
        var sorted = runs.stream().sorted().toList();
        return sorted.get((int) Math.ceil(share * sorted.size()) - 1);
    }
}

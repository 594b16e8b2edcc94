package dev.cove.core.control;

import dev.cove.core.SnapshotId;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// How often each template has not worked since the daemon started. Each time costs somebody a
/// boot, and what made it, such as an older agent, does not go away by itself.
final class Doubts {
    /// Once can be a busy machine.
    private static final int MOST = 2;

    private final Map<SnapshotId, Integer> counts = new ConcurrentHashMap<>();

    void raise(SnapshotId template) {
        counts.merge(template, 1, Integer::sum);
    }

    /// Whether it is better made anew.
    boolean suffice(SnapshotId template) {
        return counts.getOrDefault(template, 0) >= MOST;
    }
}

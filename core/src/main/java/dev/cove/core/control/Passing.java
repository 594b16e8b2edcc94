package dev.cove.core.control;

import dev.cove.core.Snapshot;
import dev.cove.core.Snapshot.Kind;
import dev.cove.core.SnapshotId;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/// Snapshots that are kept for a while only: what forks and imported VMs begin with, and what is on
/// its way into a file. Each goes as soon as nobody needs it; after a crash nobody holds any.
public final class Passing {
    private final Outside outside;
    private final VmBook book;
    private final AtomicInteger making = new AtomicInteger();
    private final Set<SnapshotId> held = ConcurrentHashMap.newKeySet();

    Passing(Outside outside, VmBook book) {
        this.outside = outside;
        this.book = book;
    }

    /// Until it is closed none is dropped that nobody has begun with yet: whoever is at it has one,
    /// and has not written down what for.
    Hold making() {
        making.incrementAndGet();
        return making::decrementAndGet;
    }

    /// Until it is closed this one is not dropped.
    Hold hold(SnapshotId id) {
        held.add(id);
        return () -> held.remove(id);
    }

    /// Keeps something for as long as it is open. Closed once.
    interface Hold extends AutoCloseable {
        @Override
        void close();
    }

    /// Drops those that nobody needs any more, or ever did.
    public void tidy() {
        for (var snapshot : outside.snapshots().all()) {
            if (passes(snapshot.kind())
                    && !held.contains(snapshot.id())
                    && !isWaitedFor(snapshot)) {
                outside.drop(snapshot.id());
            }
        }
    }

    private static boolean passes(Kind kind) {
        return switch (kind) {
            case FORK, IMPORT -> true;
            case TEMPLATE, KEPT, SLEEP -> false;
        };
    }

    private boolean isWaitedFor(Snapshot snapshot) {
        var begun = book.begunWith(snapshot.id());
        return begun.isEmpty() ? making.get() > 0 : begun.stream().anyMatch(vm -> !vm.atRest());
    }
}

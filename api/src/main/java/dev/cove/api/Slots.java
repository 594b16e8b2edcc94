package dev.cove.api;

import dev.cove.core.CoveException;
import dev.cove.core.Owner;
import dev.cove.core.VmId;
import dev.cove.core.control.Activity;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// How many streams (commands, tunnels, logs, events) are open at once, in all and for one owner:
/// each of them costs threads and buffers for as long as its client likes. Those that use a VM are
/// told to `Activity`, for as long as they are open.
final class Slots {
    private final int mostInAll;
    private final int mostForOne;
    private final Activity activity;
    private final Map<Owner, Integer> taken = new HashMap<>();
    private int all;

    Slots(int mostInAll, int mostForOne, Activity activity) {
        this.activity = activity;
        this.mostInAll = mostInAll;
        this.mostForOne = mostForOne;
    }

    /// @throws CoveException BUSY when there are too many
    Slot take(Owner owner) {
        return take(owner, Optional.empty());
    }

    /// Takes one for somebody who uses a VM.
    ///
    /// @throws CoveException BUSY when there are too many
    Slot take(Owner owner, VmId used) {
        return take(owner, Optional.of(used));
    }

    private synchronized Slot take(Owner owner, Optional<VmId> used) {
        check(owner);
        taken.merge(owner, 1, Integer::sum);
        all++;
        return new Slot(owner, used.map(activity::begin));
    }

    /// @throws CoveException BUSY when `take` would say so now
    synchronized void check(Owner owner) {
        if (all >= mostInAll || taken.getOrDefault(owner, 0) >= mostForOne) {
            throw CoveException.busy(
                    "too many commands, tunnels and streams are open at once; close some, and try"
                            + " again");
        }
    }

    private synchronized void give(Owner owner) {
        all--;
        taken.computeIfPresent(owner, (_, count) -> count == 1 ? null : count - 1);
    }

    /// One of them. Closing it twice is closing it once.
    final class Slot implements AutoCloseable {
        private final Owner owner;
        private final Optional<Activity.Use> use;
        private boolean given;

        private Slot(Owner owner, Optional<Activity.Use> use) {
            this.owner = owner;
            this.use = use;
        }

        @Override
        public void close() {
            synchronized (Slots.this) {
                if (!given) {
                    given = true;
                    give(owner);
                    use.ifPresent(Activity.Use::close);
                }
            }
        }
    }
}

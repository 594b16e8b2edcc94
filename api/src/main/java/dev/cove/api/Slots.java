package dev.cove.api;

import dev.cove.core.CoveException;
import dev.cove.core.Owner;
import java.util.HashMap;
import java.util.Map;

/// How many streams (commands, tunnels, logs, events) are open at once, in all and for one owner:
/// each of them costs threads and buffers for as long as its client likes.
final class Slots {
    private final int mostInAll;
    private final int mostForOne;
    private final Map<Owner, Integer> taken = new HashMap<>();
    private int all;

    Slots(int mostInAll, int mostForOne) {
        this.mostInAll = mostInAll;
        this.mostForOne = mostForOne;
    }

    /// @throws CoveException BUSY when there are too many
    synchronized Slot take(Owner owner) {
        check(owner);
        taken.merge(owner, 1, Integer::sum);
        all++;
        return new Slot(owner);
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
        private boolean given;

        private Slot(Owner owner) {
            this.owner = owner;
        }

        @Override
        public void close() {
            synchronized (Slots.this) {
                if (!given) {
                    given = true;
                    give(owner);
                }
            }
        }
    }
}

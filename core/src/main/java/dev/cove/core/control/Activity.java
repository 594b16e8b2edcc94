package dev.cove.core.control;

import dev.cove.core.VmId;
import java.util.HashMap;
import java.util.Map;

/// Who uses which VM right now, as far as it goes through the daemon: commands, logins, copies,
/// tunnels, consoles. Whoever serves one says so here.
public final class Activity {
    private final Time time;
    private final Map<VmId, Uses> uses = new HashMap<>(); // guarded by this

    public Activity(Time time) {
        this.time = time;
    }

    /// @param open how many there are
    /// @param last when one began or ended
    private record Uses(int open, long last) {}

    /// Somebody uses a VM, until the use is closed.
    public Use begin(VmId id) {
        change(id, 1);
        return new Use(id);
    }

    /// Whether somebody uses a VM, or has done so since a moment.
    ///
    /// @param moment in ticks of `Time`
    synchronized boolean usedSince(VmId id, long moment) {
        var known = uses.get(id);
        return known != null && (known.open() > 0 || known.last() - moment >= 0);
    }

    /// Forgets when those were used that are not any more.
    synchronized void forgetBefore(long moment) {
        uses.values().removeIf(u -> u.open() == 0 && u.last() - moment < 0);
    }

    private synchronized void change(VmId id, int by) {
        var open = uses.getOrDefault(id, new Uses(0, 0)).open() + by;
        uses.put(id, new Uses(open, time.ticks().getAsLong()));
    }

    /// One of them. Closing it twice is closing it once.
    public final class Use implements AutoCloseable {
        private final VmId id;
        private boolean closed;

        private Use(VmId id) {
            this.id = id;
        }

        @Override
        public synchronized void close() {
            if (!closed) {
                closed = true;
                change(id, -1);
            }
        }
    }
}

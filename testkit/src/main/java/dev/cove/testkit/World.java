package dev.cove.testkit;

import dev.cove.core.VmId;
import dev.cove.core.port.Machine.Life;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// What a host holds, and keeps when the daemon dies: processes, taps, disks, folders. The fakes
/// act on it, and ask their trouble before and after each act.
public final class World {
    final Map<VmId, Running> processes = new TreeMap<>();
    final Set<VmId> taps = new TreeSet<>();
    final Set<VmId> disks = new TreeSet<>();
    final Set<VmId> folders = new TreeSet<>();
    private final Set<VmId> deaf = new TreeSet<>();
    private Trouble trouble = Trouble.NONE;
    private long lastPid = 100;

    /// What may go wrong: throws an error to kill the daemon there, an exception to fail the act.
    @FunctionalInterface
    public interface Trouble {
        Trouble NONE = (act, done) -> {};

        /// @param act the port's method, such as `Disks.clone`
        /// @param done whether it has happened already
        void at(String act, boolean done);
    }

    /// The daemon died in the middle of an act. An [Error], so that no code that handles failures
    /// mistakes it for one.
    public static final class Crash extends Error {
        private static final long serialVersionUID = 1L;

        public Crash(String where) {
            super("the daemon died at " + where);
        }
    }

    /// A machine's process.
    static final class Running {
        final long pid;
        final int launch;
        boolean recorded;
        Life life = Life.RUNNING;

        Running(long pid, int launch) {
            this.pid = pid;
            this.launch = launch;
        }
    }

    public void trouble(Trouble newTrouble) {
        trouble = newTrouble;
    }

    public synchronized Set<VmId> taps() {
        return Set.copyOf(taps);
    }

    public synchronized Set<VmId> disks() {
        return Set.copyOf(disks);
    }

    public synchronized Set<VmId> folders() {
        return Set.copyOf(folders);
    }

    /// The VMs with a process, and its pid.
    public synchronized Map<VmId, Long> pids() {
        var pids = new TreeMap<VmId, Long>();
        processes.forEach((id, p) -> pids.put(id, p.pid));
        return pids;
    }

    /// Ends a process as a fault of its own would.
    public synchronized void die(VmId id) {
        processes.remove(id);
    }

    /// Lets a guest turn itself off.
    public synchronized void powerOff(VmId id) {
        var process = processes.get(id);
        if (process != null) {
            process.life = Life.OFF;
        }
    }

    /// Makes a guest that does not heed its power button.
    public synchronized void deafen(VmId id) {
        deaf.add(id);
    }

    synchronized void pressPowerButton(VmId id) {
        if (!deaf.contains(id)) {
            powerOff(id);
        }
    }

    /// What the host's reboot leaves: disks and folders.
    public synchronized void reboot() {
        processes.clear();
        taps.clear();
    }

    void act(String act, Runnable effect) {
        trouble.at(act, false);
        synchronized (this) {
            effect.run();
        }
        trouble.at(act, true);
    }

    synchronized Running start(VmId id, int launch) {
        var process = new Running(++lastPid, launch);
        processes.put(id, process);
        return process;
    }

    synchronized @Nullable Running process(VmId id) {
        return processes.get(id);
    }
}

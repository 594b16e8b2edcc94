package dev.cove.testkit;

import dev.cove.core.Bytes;
import dev.cove.core.CoveException;
import dev.cove.core.Snapshot;
import dev.cove.core.SnapshotId;
import dev.cove.core.VmId;
import dev.cove.core.port.Machine.Life;
import dev.cove.core.port.Vmm.Sharers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// What a host holds, and keeps when the daemon dies: processes, taps, disks, snapshots, folders.
/// The fakes act on it, and ask their trouble before and after each act.
public final class World {
    final Map<VmId, Running> processes = new TreeMap<>();
    final Set<VmId> taps = new TreeSet<>();
    final Set<VmId> plugged = new TreeSet<>();
    final Map<VmId, Bytes> disks = new TreeMap<>();
    final Set<VmId> folders = new TreeSet<>();
    final Map<SnapshotId, Snapshot> snapshots = new TreeMap<>();
    final Set<SnapshotId> drafts = new TreeSet<>();
    private final Map<Path, Long> minds = new TreeMap<>();
    private final Set<VmId> deaf = new TreeSet<>();
    private long starved;
    private Trouble trouble = Trouble.NONE;
    private final AtomicInteger deaths = new AtomicInteger();
    private long lastPid = 100;
    private long lastMind;

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
        final long mind;
        boolean recorded;
        Sharers sharers = Sharers.NOBODY;
        Life life;
        Duration worked = Duration.ZERO;

        /// @param mind stands for what is in the guest's memory: a boot makes a new one
        Running(long pid, int launch, long mind, Life life) {
            this.pid = pid;
            this.launch = launch;
            this.mind = mind;
            this.life = life;
        }
    }

    public void trouble(Trouble newTrouble) {
        trouble = newTrouble;
    }

    public synchronized Set<VmId> taps() {
        return Set.copyOf(taps);
    }

    /// The VMs whose tap is on the bridge.
    public synchronized Set<VmId> plugged() {
        return Set.copyOf(plugged);
    }

    public synchronized Set<VmId> disks() {
        return Set.copyOf(disks.keySet());
    }

    /// The disks of VMs and how large they are.
    public synchronized Map<VmId, Bytes> diskSizes() {
        return Map.copyOf(disks);
    }

    /// The snapshots that are whole.
    public synchronized List<Snapshot> snapshots() {
        return List.copyOf(snapshots.values());
    }

    /// Those that are half made.
    public synchronized Set<SnapshotId> drafts() {
        return Set.copyOf(drafts);
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

    /// What stands for the memory of a VM's guest: the same for as long as it goes on.
    public synchronized Optional<Long> mind(VmId id) {
        return Optional.ofNullable(processes.get(id)).map(p -> p.mind);
    }

    /// Who else was to have the memory of a VM's guest when its process was started.
    public synchronized Optional<Sharers> sharers(VmId id) {
        return Optional.ofNullable(processes.get(id)).map(p -> p.sharers);
    }

    /// Whether a VM's guest stands still.
    public synchronized boolean isStill(VmId id) {
        var process = processes.get(id);
        return process != null && process.life == Life.STILL;
    }

    /// Has a VM's guest compute.
    public synchronized void work(VmId id, Duration processorTime) {
        var process = processes.get(id);
        if (process != null) {
            process.worked = process.worked.plus(processorTime);
        }
    }

    synchronized Optional<Duration> processorTime(long pid) {
        return processes.values().stream().filter(p -> p.pid == pid).findFirst().map(p -> p.worked);
    }

    /// Ends a process as a fault of its own would.
    public synchronized void die(VmId id) {
        processes.remove(id);
    }

    /// Ends a process as a kernel does that has no memory left.
    public synchronized void starve(VmId id) {
        die(id);
        starved++;
    }

    synchronized long endedForWantOfMemory() {
        return starved;
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

    /// What the host's reboot leaves: disks, snapshots and folders.
    public synchronized void reboot() {
        processes.clear();
        taps.clear();
        plugged.clear();
    }

    void act(String act, Runnable effect) {
        try {
            trouble.at(act, false);
            synchronized (this) {
                effect.run();
            }
            trouble.at(act, true);
        } catch (Crash e) {
            deaths.incrementAndGet();
            throw e;
        }
    }

    /// How often the daemon has died in an act. What Java cleans up on its way out of one that did
    /// is cleaned up by nobody in truth.
    int deaths() {
        return deaths.get();
    }

    synchronized Running start(VmId id, int launch) {
        var process = new Running(++lastPid, launch, ++lastMind, Life.RUNNING);
        processes.put(id, process);
        return process;
    }

    synchronized void write(Path state, long mind) {
        minds.put(state, mind);
    }

    synchronized void copyMind(Path from, Path to) {
        var mind = minds.get(from);
        if (mind != null) {
            minds.put(to, mind);
        }
    }

    /// What stands for the memory that was saved there.
    synchronized Optional<Long> mindIn(Path state) {
        return Optional.ofNullable(minds.get(state));
    }

    synchronized Running resume(VmId id, int launch, Path state) {
        var mind = minds.get(state);
        if (mind == null) {
            throw CoveException.unavailable("nothing was saved in " + state);
        }
        var process = new Running(++lastPid, launch, mind, Life.STILL);
        processes.put(id, process);
        return process;
    }

    synchronized @Nullable Running process(VmId id) {
        return processes.get(id);
    }
}

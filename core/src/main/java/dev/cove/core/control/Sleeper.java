package dev.cove.core.control;

import dev.cove.core.Caller;
import dev.cove.core.ProcessRef;
import dev.cove.core.Vm;
import dev.cove.core.VmId;
import dev.cove.core.VmState;
import dev.cove.core.port.Host;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/// Puts VMs to sleep that nobody has used for as long as they say: nobody through the daemon
/// (`Activity`), and no program of their own, as far as the processor tells.
///
/// What it knows is forgotten with the daemon: after a restart each VM has all of its time again.
public final class Sleeper {
    /// The share of one processor that a guest may take between two looks and still count as idle.
    /// Under software emulation one that does nothing takes 0.6 to 0.8 % (debian-slim) or 1.1 %
    /// (debian, with systemd), each over a minute.
    private static final double IDLE = 0.05;

    private final Host host;
    private final VmBook book;
    private final Vms vms;
    private final Activity activity;
    private final Time time;
    private final Caller caller;
    private final Map<VmId, Watched> watched = new HashMap<>();
    private long lastLook;

    /// @param caller as whom it asks
    Sleeper(Host host, VmBook book, Vms vms, Activity activity, Time time, Caller caller) {
        this.host = host;
        this.book = book;
        this.vms = vms;
        this.activity = activity;
        this.time = time;
        this.caller = caller;
        this.lastLook = time.ticks().getAsLong();
    }

    /// A VM as it was last looked at.
    ///
    /// @param used what its machine's process had used of processors by then
    /// @param at when that was
    /// @param idleSince since when nobody has used it
    private record Watched(ProcessRef process, Duration used, long at, long idleSince) {}

    /// Looks at all VMs once. To be called every few seconds, and by one thread.
    ///
    /// @param trouble is told what did not work; it is tried again
    public void look(Consumer<RuntimeException> trouble) {
        var now = time.ticks().getAsLong();
        var seen = new HashMap<VmId, Watched>();
        for (var vm : book.all()) {
            try {
                look(vm, now).ifPresent(w -> seen.put(vm.id(), w));
            } catch (RuntimeException e) {
                trouble.accept(e);
            }
        }
        watched.clear();
        watched.putAll(seen);
        activity.forgetBefore(lastLook);
        lastLook = now;
    }

    /// @return what to know of it at the next look; nothing of one that is not watched
    private Optional<Watched> look(Vm vm, long now) {
        var limit = vm.spec().sleepAfter();
        var process = vm.status().process();
        if (limit.isEmpty() || process.isEmpty() || vm.state() != VmState.RUNNING) {
            return Optional.empty();
        }
        var used = host.processorTime(process.get());
        if (used.isEmpty()) {
            return Optional.empty(); // it has just ended
        }
        var before = Optional.ofNullable(watched.get(vm.id()));
        var since =
                before.filter(b -> b.process().equals(process.get()))
                        .filter(b -> isIdle(vm.id(), b, used.get(), now))
                        .map(Watched::idleSince)
                        .orElse(now);
        if (now - since < limit.get().toNanos()) {
            return Optional.of(new Watched(process.get(), used.get(), now, since));
        }
        vms.sleep(caller, vm.id().text());
        // Should it not come to sleep, it has all of its time again.
        return Optional.empty();
    }

    private boolean isIdle(VmId id, Watched before, Duration used, long now) {
        var took = used.minus(before.used()).toNanos();
        return !activity.usedSince(id, before.at()) && took <= IDLE * (now - before.at());
    }
}

package dev.cove.core.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cove.core.Power;
import dev.cove.core.VmId;
import dev.cove.core.VmState;
import dev.cove.core.control.VmActor.Turn;
import dev.cove.testkit.World;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;

/// Looks on from outside while guests of one daemon get ready: however many are to, few do so at
/// once, but for those that have been at it for long.
final class Crowd {
    private final int most;
    private final World world;
    private final VmBook book;
    private final LongSupplier ticks;
    private final Map<VmId, Begun> begun = new HashMap<>();
    private Map<VmId, Long> before = Map.of();
    private boolean commandRan;

    Crowd(int most, World world, VmBook book, LongSupplier ticks) {
        this.most = most;
        this.world = world;
        this.book = book;
        this.ticks = ticks;
    }

    /// A guest that has begun to get ready.
    private record Begun(int launch, long pid, long at) {}

    /// To be told of everything that is done to the world.
    void note(String act, boolean done) {
        commandRan |= done && act.equals("GuestShell.awaitCommand");
    }

    /// A VM's actor is about to take a turn.
    void turnBegins() {
        before = world.pids();
        commandRan = false;
    }

    /// It has taken it. A machine that came of a launch that failed is none that it knows of.
    void turnEnds(VmId id, Turn turn) {
        var pid = Optional.ofNullable(world.pids().get(id));
        if (commandRan) {
            begun.remove(id);
        } else if (turn instanceof Turn.Moved && !pid.equals(Optional.ofNullable(before.get(id)))) {
            pid.ifPresent(p -> begins(id, p));
        }
        begun.entrySet().removeIf(b -> !isGettingReady(b.getKey(), b.getValue()));
        var young = ticks.getAsLong() - Limits.USUAL.turn().toNanos();
        assertThat(begun.values().stream().filter(b -> b.at() > young).count())
                .as("guests that get ready at once: %s", begun)
                .isLessThanOrEqualTo(most);
    }

    private void begins(VmId id, long pid) {
        book.find(id)
                .ifPresent(vm ->
                        begun.put(id, new Begun(vm.spec().launches(), pid, ticks.getAsLong())));
    }

    private boolean isGettingReady(VmId id, Begun begin) {
        return Long.valueOf(begin.pid()).equals(world.pids().get(id))
                && book.find(id)
                        .filter(vm -> vm.spec().power() == Power.RUNNING)
                        .filter(vm -> vm.spec().launches() == begin.launch())
                        .filter(vm -> vm.state() != VmState.FAILED)
                        .isPresent();
    }
}

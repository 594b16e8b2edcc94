package dev.cove.core.control;

import dev.cove.core.CoveException;
import dev.cove.core.VmId;
import dev.cove.core.control.Observed.Run;
import dev.cove.core.port.Machine;
import dev.cove.core.port.Vmm;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// Where an actor keeps its VM's machine, with what it knows of the guest in it. Written by the
/// actor's thread only; `machine` may be read by any.
final class MachineSlot {
    private final VmId id;
    private final Runnable onChange;
    private volatile @Nullable Machine machine;
    private String vmm = "";
    private boolean word;
    private boolean ready;
    private OptionalLong askedFrom = OptionalLong.empty();
    private boolean asked;
    private OptionalInt lost = OptionalInt.empty();

    /// @param onChange called each time that the life of a machine in here changes
    MachineSlot(VmId id, Runnable onChange) {
        this.id = id;
        this.onChange = onChange;
    }

    void put(Vmm by, Machine started) {
        empty();
        machine = started;
        vmm = by.name();
        started.onChange(onChange);
    }

    /// After a restart of the daemon: the guest has had its word with the earlier one.
    void known(boolean guestIsReady) {
        word = machine != null;
        ready = word && guestIsReady;
    }

    /// After a restart of the daemon: the machine that was here has gone.
    void lost(int launch) {
        if (machine == null) {
            lost = OptionalInt.of(launch);
        }
    }

    void heardWord() {
        word = true;
    }

    void becameReady() {
        ready = true;
    }

    /// When the guest was first asked to shut down.
    ///
    /// @param now taken for that if it was not asked before
    long askedFrom(long now) {
        if (askedFrom.isEmpty()) {
            askedFrom = OptionalLong.of(now);
        }
        return askedFrom.getAsLong();
    }

    void wasAsked() {
        asked = true;
    }

    void empty() {
        machine = null;
        word = false;
        ready = false;
        askedFrom = OptionalLong.empty();
        asked = false;
        lost = OptionalInt.empty();
    }

    Optional<Machine> machine() {
        return Optional.ofNullable(machine);
    }

    /// @throws CoveException UNAVAILABLE when there is no machine
    Machine held() {
        return machine().orElseThrow(() -> CoveException.unavailable(id + " has no machine"));
    }

    /// The VMM of the last machine in here.
    Optional<String> vmm() {
        return vmm.isEmpty() ? Optional.empty() : Optional.of(vmm);
    }

    boolean heard() {
        return word;
    }

    boolean isReady() {
        return ready;
    }

    boolean hasBeenAsked() {
        return asked;
    }

    boolean isLost() {
        return lost.isPresent();
    }

    Run run() {
        var held = machine;
        if (held == null) {
            return lost.isPresent() ? new Run.Dead(lost.getAsInt()) : new Run.None();
        }
        return switch (held.life()) {
            case RUNNING, STILL -> new Run.Alive(held.launch());
            case OFF, REBOOT -> new Run.Off(held.launch());
            case DEAD -> new Run.Dead(held.launch());
        };
    }
}

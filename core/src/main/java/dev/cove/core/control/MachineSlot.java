package dev.cove.core.control;

import dev.cove.core.CoveException;
import dev.cove.core.Role;
import dev.cove.core.VmId;
import dev.cove.core.control.Observed.Run;
import dev.cove.core.port.Host;
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
    private final Host host;
    private volatile @Nullable Machine machine;
    private String vmm = "";
    private Optional<Role> toldAs = Optional.empty();
    private boolean ready;
    private OptionalLong askedFrom = OptionalLong.empty();
    private boolean asked;
    private OptionalInt lost = OptionalInt.empty();
    private OptionalLong endedBefore = OptionalLong.empty();

    /// @param onChange called each time that the life of a machine in here changes
    MachineSlot(VmId id, Runnable onChange, Host host) {
        this.id = id;
        this.onChange = onChange;
        this.host = host;
    }

    void put(Vmm by, Machine started) {
        empty();
        machine = started;
        vmm = by.name();
        started.onChange(onChange);
        endedBefore = host.endedForWantOfMemory();
    }

    /// After a restart of the daemon: the machine that was here has gone.
    void lost(int launch) {
        if (machine == null) {
            lost = OptionalInt.of(launch);
        }
    }

    /// The guest is up and knows who it is to be.
    ///
    /// @param role as what
    void tell(Role role) {
        toldAs = Optional.of(role);
        ready = false;
    }

    boolean told(Role role) {
        return toldAs.equals(Optional.of(role));
    }

    /// Whether it knows itself as something else than it is to be now.
    boolean hasBeenToldOtherwise(Role role) {
        return toldAs.isPresent() && !told(role);
    }

    void forgetWhatItWasTold() {
        toldAs = Optional.empty();
        ready = false;
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
        toldAs = Optional.empty();
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

    /// The same, of the machine that is in here.
    ///
    /// @throws CoveException UNAVAILABLE when there is none
    String driver() {
        held();
        return vmm;
    }

    boolean isReady(Role role) {
        return ready && told(role);
    }

    boolean hasBeenAsked() {
        return asked;
    }

    boolean isLost() {
        return lost.isPresent();
    }

    /// Whether processes were ended for want of memory since the machine came in here, so that it
    /// may be one of them.
    boolean mayHaveLackedMemory() {
        var now = host.endedForWantOfMemory();
        return machine != null
                && endedBefore.isPresent()
                && now.isPresent()
                && now.getAsLong() > endedBefore.getAsLong();
    }

    Run run() {
        var held = machine;
        if (held == null) {
            return lost.isPresent() ? new Run.Dead(lost.getAsInt()) : new Run.None();
        }
        return switch (held.life()) {
            case RUNNING -> new Run.Alive(held.launch(), false);
            case STILL -> new Run.Alive(held.launch(), true);
            case OFF -> new Run.Off(held.launch(), false);
            case REBOOT -> new Run.Off(held.launch(), true);
            case DEAD -> new Run.Dead(held.launch());
        };
    }
}

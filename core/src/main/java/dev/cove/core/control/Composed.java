package dev.cove.core.control;

import dev.cove.core.Ipv4;
import dev.cove.core.Vm;
import dev.cove.core.VmId;
import dev.cove.core.VmSpec;
import dev.cove.core.VmState;
import dev.cove.core.VmStatus;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// VMs as they are put together from their records. One whose records are still the same objects is
/// still the same `Vm`, so a list of a thousand VMs at rest makes none, and whoever keeps something
/// beside a `Vm` knows by `==` whether it holds.
final class Composed {
    private final Map<VmId, Parts> all = new ConcurrentHashMap<>();

    /// @param settled what it had come to when it last settled
    /// @param shown what it is doing since; null when nothing
    Vm of(VmSpec spec, VmStatus settled, @Nullable Shown shown, Optional<Ipv4> address) {
        var known = all.get(spec.id());
        if (known == null || !known.of(spec, settled, shown, address)) {
            var vm = new Vm(spec, overlaid(spec, settled, shown, address));
            known = new Parts(spec, settled, shown, address, vm);
            all.put(spec.id(), known);
        }
        return known.vm();
    }

    void forget(VmId id) {
        all.remove(id);
    }

    private static VmStatus overlaid(
            VmSpec spec, VmStatus settled, @Nullable Shown now, Optional<Ipv4> address) {
        return new VmStatus(
                now == null ? state(spec, settled) : now.state(),
                settled.launch(),
                settled.role(),
                address,
                settled.vmm(),
                settled.accelerator(),
                settled.process(),
                now == null ? Optional.empty() : now.step(),
                settled.timings(),
                now == null || now.state() == settled.state() ? settled.reason() : Optional.empty(),
                settled.since());
    }

    /// One that stood by and has just been taken does not know yet who it is.
    private static VmState state(VmSpec spec, VmStatus settled) {
        var taken = settled.role() != spec.role() && settled.state() == VmState.RUNNING;
        return taken ? VmState.STARTING : settled.state();
    }

    /// What is shown of a VM between two settled states.
    record Shown(VmState state, Optional<String> step) {}

    private record Parts(
            VmSpec spec, VmStatus settled, @Nullable Shown shown, Optional<Ipv4> address, Vm vm) {
        @SuppressWarnings("ReferenceEquality") // of the same object, and never of an equal one
        boolean of(
                VmSpec itsSpec,
                VmStatus itsSettled,
                @Nullable Shown itsShown,
                Optional<Ipv4> itsAddress) {
            return spec == itsSpec
                    && settled == itsSettled
                    && shown == itsShown
                    && address.equals(itsAddress);
        }
    }
}

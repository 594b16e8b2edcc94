package dev.cove.core;

import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// What is there of a VM, as last seen.
///
/// @param launch the launch (`VmSpec.launches`) that this tells of
/// @param role as what the guest knows itself
/// @param step what is being done right now, for whoever waits
/// @param timings how long each step of the last launch took, in the order in which they ended
/// @param reason why it failed, or did not do what it was last asked for, with what to do next
public record VmStatus(
        VmState state,
        int launch,
        Role role,
        Optional<Ipv4> address,
        Optional<String> vmm,
        Optional<Accelerator> accelerator,
        Optional<ProcessRef> process,
        Optional<String> step,
        Map<String, Duration> timings,
        Optional<String> reason,
        Instant since) {
    public VmStatus {
        role = Role.orGuest(role);
        timings = Collections.unmodifiableMap(new LinkedHashMap<>(timings));
    }

    /// Whether it tells of the launch that is asked for, and not of an earlier one.
    public boolean tellsOf(VmSpec spec) {
        return launch == spec.launches();
    }

    public static VmStatus creating(Instant now) {
        return new VmStatus(
                VmState.CREATING,
                0,
                Role.GUEST,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Map.of(),
                Optional.empty(),
                now);
    }
}

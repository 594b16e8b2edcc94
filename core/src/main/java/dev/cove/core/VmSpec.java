package dev.cove.core;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// What is asked for: everything about a VM that somebody decided.
///
/// @param vmm the VMM to use; empty means whichever works best here
/// @param keys the public keys that may log in, besides the daemon's own
/// @param launches how often a start was asked for; a machine of an earlier launch is an old one
/// @param grace how long a guest may take to shut down before it is killed
public record VmSpec(
        VmId id,
        Name name,
        Owner owner,
        ImageRef image,
        Shape shape,
        Optional<String> vmm,
        List<SshKey> keys,
        Labels labels,
        Power power,
        int launches,
        Duration grace,
        Instant created) {
    public VmSpec {
        keys = List.copyOf(keys);
    }

    /// Asks for one more launch: what `start` and `restart` do.
    public VmSpec launchedAgain() {
        return with(Power.RUNNING, launches + 1, grace);
    }

    public VmSpec stopped(Duration newGrace) {
        return with(Power.STOPPED, launches, newGrace);
    }

    public VmSpec gone(Duration newGrace) {
        return with(Power.GONE, launches, newGrace);
    }

    public VmSpec renamed(Name newName) {
        return new VmSpec(
                id, newName, owner, image, shape, vmm, keys, labels, power, launches, grace,
                created);
    }

    public VmSpec labelled(Labels newLabels) {
        return new VmSpec(
                id, name, owner, image, shape, vmm, keys, newLabels, power, launches, grace,
                created);
    }

    private VmSpec with(Power newPower, int newLaunches, Duration newGrace) {
        return new VmSpec(
                id,
                name,
                owner,
                image,
                shape,
                vmm,
                keys,
                labels,
                newPower,
                newLaunches,
                newGrace,
                created);
    }
}

package dev.cove.core;

import java.time.Duration;
import java.util.List;

/// Running copies of a VM.
///
/// @param standstill for how long the original stood still
public record Forked(List<Vm> vms, Duration standstill) {
    /// How many copies can be made at once.
    public static final int MOST = 1000;

    public Forked {
        vms = List.copyOf(vms);
    }
}

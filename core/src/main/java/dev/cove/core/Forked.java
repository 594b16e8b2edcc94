package dev.cove.core;

import java.time.Duration;
import java.util.List;

/// Running copies of a VM.
///
/// @param standstill for how long the original stood still
public record Forked(List<Vm> vms, Duration standstill) {
    /// More copies than this at once are a mistake.
    public static final int MOST = 1000;

    public Forked {
        vms = List.copyOf(vms);
    }
}

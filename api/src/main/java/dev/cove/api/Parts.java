package dev.cove.api;

import dev.cove.core.Finding;
import dev.cove.core.Vm;
import dev.cove.core.control.Control;
import dev.cove.core.control.Time;
import dev.cove.core.control.Tokens;
import dev.cove.core.port.Disks;
import dev.cove.core.port.GuestShell;
import dev.cove.core.port.Images;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import java.util.random.RandomGenerator;

/// What the API stands on.
///
/// @param folders the folder that holds the VMs' own, `<data>/vms`
/// @param memory resident bytes of a VM's VMM, 0 when it has none
/// @param examiners what `doctor` asks, in the order in which it tells
/// @param version of this build
public record Parts(
        Control control,
        Tokens tokens,
        Images images,
        GuestShell shell,
        Disks disks,
        Path folders,
        ToLongFunction<Vm> memory,
        List<Supplier<List<Finding>>> examiners,
        String version,
        Time time,
        RandomGenerator random) {
    public Parts {
        examiners = List.copyOf(examiners);
    }
}

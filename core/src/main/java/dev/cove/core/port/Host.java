package dev.cove.core.port;

import dev.cove.core.Bytes;
import dev.cove.core.Finding;
import dev.cove.core.ProcessRef;
import dev.cove.core.VmId;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/// The machine that Cove runs on.
public interface Host {
    int cpus();

    Bytes memory();

    Bytes availableMemory();

    /// How many processes the kernel has ended since this machine was started because they, or all
    /// together, had no memory left; empty when it does not tell.
    OptionalLong endedForWantOfMemory();

    /// What a process has used of processors since it started, all its threads together; empty when
    /// it is no more.
    Optional<Duration> processorTime(ProcessRef process);

    /// A VM's own folder, made if it is absent.
    Path folder(VmId id);

    /// Deletes a VM's folder with all that is in it; nothing when there is none.
    void deleteFolder(VmId id);

    /// The VMs that have a folder here, with or without a record.
    Set<VmId> folders();

    List<Finding> examine();
}

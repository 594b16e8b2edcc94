package dev.cove.core.port;

import dev.cove.core.Accelerator;
import dev.cove.core.Finding;
import dev.cove.core.Snapshot;
import dev.cove.core.VmId;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// Starts virtual machines of one kind: the port behind which each driver lives.
public interface Vmm {
    /// `qemu`, `firecracker`, …
    String name();

    /// What this driver can do, tried rather than looked up; the answer is kept.
    Capabilities capabilities();

    /// Starts a process that runs the machine, and answers once it runs; the guest has not yet said
    /// anything then.
    ///
    /// MUST leave a record of the process in the folder, so that `adopt` finds it. MUST leave
    /// nothing running when it throws.
    ///
    /// @throws dev.cove.core.CoveException UNAVAILABLE with the program's own words
    Machine launch(Launch launch);

    /// Starts a process with a machine that was saved in it, on a disk that is as it was then. The
    /// guest stands still until `Machine.proceed`.
    ///
    /// MUST leave a record of the process in the folder, so that `adopt` finds it. MUST leave
    /// nothing running when it throws. MUST refuse files that are not what was saved, before the
    /// guest has taken a step.
    ///
    /// @param launch as it would be booted; what it boots from is not read
    /// @param files of the snapshot, which stay as they are
    /// @throws dev.cove.core.CoveException UNAVAILABLE with the reason when it cannot be resumed
    ///   here
    /// @throws InterruptedException when it is no longer of interest
    Machine resume(Launch launch, Snapshot.Moment moment, Snapshots.Files files)
            throws InterruptedException;

    /// Lets go of the memory of a snapshot that is kept ready for forks, if it is.
    void forget(Snapshots.Files files);

    /// The machine of an earlier daemon, if it still lives. MUST know it by more than its pid.
    Optional<Machine> adopt(VmId id, Path folder);

    /// Every VM of this data folder that has a process here, with or without a record: found by
    /// looking at the processes, since a crash can come before a record.
    Set<VmId> running();

    /// Kills the process that `running` found and nobody claims.
    void sweep(VmId id);

    List<Finding> examine();

    /// @param version as the program prints it
    /// @param accelerators that ran guest instructions here, the best one first
    /// @param snapshots whether a machine can be saved and resumed
    /// @param fit what a machine that is saved here can be resumed on, besides its CPUs and memory:
    ///   program and version, processor, accelerator, board, in words that are compared as a whole
    record Capabilities(
            boolean usable,
            String version,
            List<Accelerator> accelerators,
            boolean snapshots,
            String fit,
            String whyNot) {}

    /// What to start.
    ///
    /// @param folder the VM's own, for sockets, logs and the record of the process
    /// @param user the unprivileged user id that the process gets; the disk is its own
    /// @param sharers who else is to have the memory that it begins or is saved with
    record Launch(
            VmId id,
            int launch,
            Path folder,
            int cpus,
            dev.cove.core.Bytes memory,
            Path disk,
            BootFiles boot,
            Tap tap,
            int user,
            Sharers sharers) {
        private static final Pattern HEADING = Pattern.compile("--- launch \\d+ ---");

        /// The line that a driver writes to the console's log before the guest says anything.
        public String heading() {
            return "--- launch " + launch + " ---";
        }

        public static boolean isHeading(String line) {
            return HEADING.matcher(line).matches();
        }
    }

    /// Those who have the same memory as a machine, until one of them writes to it. A driver that
    /// cannot share it gives each of them a copy.
    enum Sharers {
        NOBODY,
        /// Forks that are made of it once it has been saved.
        FORKS,
        /// Other machines that go on from the same moment as it does.
        SIBLINGS
    }
}

package dev.cove.core;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// A VM at rest: its disk, the shape that it had, and what its machine was doing. Templates,
/// snapshots that somebody took, sleeping VMs and the moment at which a VM is forked are all this,
/// with other owners and other lifetimes.
///
/// @param of the VM that it was taken of; empty for a template
/// @param name what its owner calls it; unique among the kept ones of one VM
/// @param moment empty when only the disk is there, as of a stopped VM
/// @param used what its files take in the pool when nothing is shared; of one that sleeps, what was
///   written for it, which is all but its disk and a memory that it shares
public record Snapshot(
        SnapshotId id,
        Kind kind,
        Optional<VmId> of,
        Name name,
        Owner owner,
        ImageRef image,
        Shape shape,
        Optional<Moment> moment,
        Bytes used,
        Instant created) {

    /// The same, with what its files take.
    public Snapshot using(Bytes size) {
        return new Snapshot(id, kind, of, name, owner, image, shape, moment, size, created);
    }

    /// Why it is kept, and so for how long.
    public enum Kind {
        /// Booted once, for forks; goes when it no longer fits, or room is wanted.
        TEMPLATE,
        /// Taken by somebody, and kept until somebody removes it.
        KEPT,
        /// A VM that sleeps; goes when it has woken.
        SLEEP,
        /// A VM as it was when it was forked or exported; goes when its forks run, or the file is
        /// written.
        FORK,
        /// A VM that came in a file; goes when it runs.
        IMPORT
    }

    /// What a machine was doing.
    ///
    /// @param vmm the driver that saved it
    /// @param fit what has to be the same for it to be resumed (`Vmm.Capabilities.fit`)
    /// @param flushed whether the guest had written everything to its disk and held still, so that
    ///   the disk alone is good, too
    /// @param standstill for how long the guest stood still
    /// @param state, memory the checksums (CRC-32C) of the files; no memory of its own means that
    ///   the state holds all of it
    public record Moment(
            String vmm,
            String fit,
            boolean flushed,
            Duration standstill,
            long state,
            Optional<Long> memory) {}
}

package dev.cove.core.port;

import dev.cove.core.Bytes;
import dev.cove.core.Finding;
import dev.cove.core.Image;
import dev.cove.core.VmId;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// The root disks of VMs: raw files, cloned from images without copying.
public interface Disks {
    /// The disk of a VM, made of the image if it is not there yet, and at least `size` large. A
    /// crash in the middle MUST NOT leave a half disk that the next call takes for a whole one.
    ///
    /// @param user who owns the file
    /// @throws dev.cove.core.CoveException UNAVAILABLE when there is no room
    Path clone(VmId id, Image image, Bytes size, int user);

    /// Gives a VM the disk of a snapshot, in place of whatever it has, and at least `size` large.
    /// No machine may have it open.
    ///
    /// @param from the snapshot's disk; the two share their blocks until one is written to
    Path restore(VmId id, Path from, Bytes size, int user);

    /// Makes a VM's disk larger, also while a machine has it open; nothing when it is that large.
    ///
    /// @throws dev.cove.core.CoveException NOT_FOUND when there is none, INVALID when it is larger
    ///   already: a disk never shrinks
    void grow(VmId id, Bytes size);

    /// Writes out what the host still holds in memory of a VM's disk, so that taking it a moment
    /// later is quick.
    ///
    /// @throws dev.cove.core.CoveException NOT_FOUND when there is none
    void flush(VmId id);

    Optional<Path> find(VmId id);

    /// How large a VM's disk is; empty when it has none.
    Optional<Bytes> size(VmId id);

    /// Deletes a VM's disk; nothing when there is none.
    void delete(VmId id);

    /// The VMs that have a disk here, half-made ones included, with or without a record.
    Set<VmId> present();

    Usage usage();

    List<Finding> examine();

    /// @param total what the pool may hold
    /// @param free what is left of it
    record Usage(Bytes total, Bytes free) {}
}

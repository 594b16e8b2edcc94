package dev.cove.core.port;

import dev.cove.core.Finding;
import dev.cove.core.Snapshot;
import dev.cove.core.SnapshotId;
import dev.cove.core.VmId;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// The snapshots that are here. Each is a folder that shows only once it is whole, so a crash
/// leaves either all of it or nothing that anybody sees.
public interface Snapshots {
    List<Snapshot> all();

    Optional<Snapshot> find(SnapshotId id);

    /// Begins one. The caller closes the draft; what was not kept by then is deleted.
    ///
    /// @throws dev.cove.core.CoveException UNAVAILABLE when there is no room, CONFLICT when it is
    ///   here or being made
    Draft begin(SnapshotId id);

    /// Where the files of one are.
    ///
    /// @throws dev.cove.core.CoveException NOT_FOUND
    Files files(SnapshotId id);

    /// Deletes one; nothing when it is not here. A crash in the middle MUST NOT leave what the next
    /// daemon takes for a whole one.
    void delete(SnapshotId id);

    /// Deletes what a crash left half made, and no draft that is being made.
    void sweep();

    List<Finding> examine();

    /// @param state what the machine was doing; its memory too, if that has no file of its own, or
    ///   what differs from that
    /// @param memory one byte for each of the guest's, holes where it is zero. It is never written
    ///   to again, and may have names in other snapshots
    record Files(Path state, Path memory, Path disk) {}

    /// A snapshot that is being made.
    interface Draft extends AutoCloseable {
        /// Where its files go; the folder is the daemon's alone.
        Files files();

        /// Takes a VM's disk as it is now, without copying. A machine may have it open, if its
        /// guest stands still.
        ///
        /// @throws dev.cove.core.CoveException NOT_FOUND when the VM has none
        void takeDisk(VmId vm);

        /// Takes all files of another one as they are, without copying.
        ///
        /// @throws dev.cove.core.CoveException NOT_FOUND when it is not here
        void take(SnapshotId from);

        /// Makes it one that is here, for good. All of it is on the disk when this returns. It has
        /// a disk by then, and a state if it has a moment.
        ///
        /// @return the same, with what its files take
        Snapshot keep(Snapshot snapshot);

        @Override
        void close();
    }
}

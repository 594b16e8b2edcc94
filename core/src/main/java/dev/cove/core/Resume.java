package dev.cove.core;

/// A launch that goes on where a snapshot stopped, instead of beginning with the VM's own disk.
///
/// @param launch the one (`VmSpec.launches`) that does; later ones boot
/// @param kind why the snapshot was kept
/// @param memory whether it has what the machine was doing; else the guest boots from its disk
public record Resume(int launch, SnapshotId snapshot, Snapshot.Kind kind, boolean memory) {
    public static Resume of(int launch, Snapshot snapshot) {
        return new Resume(launch, snapshot.id(), snapshot.kind(), snapshot.moment().isPresent());
    }

    /// The same, without what the machine was doing.
    public Resume booting() {
        return new Resume(launch, snapshot, kind, false);
    }
}

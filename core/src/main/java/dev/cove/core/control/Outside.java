package dev.cove.core.control;

import dev.cove.core.CoveException;
import dev.cove.core.Ipv4;
import dev.cove.core.Snapshot;
import dev.cove.core.SnapshotId;
import dev.cove.core.VmId;
import dev.cove.core.VmUser;
import dev.cove.core.port.Boot;
import dev.cove.core.port.Disks;
import dev.cove.core.port.Exports;
import dev.cove.core.port.GuestShell;
import dev.cove.core.port.Host;
import dev.cove.core.port.Images;
import dev.cove.core.port.Network;
import dev.cove.core.port.Snapshots;
import dev.cove.core.port.Vmm;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// Everything outside the core that it acts on.
///
/// @param vmms in the order in which they are preferred
public record Outside(
        Host host,
        Images images,
        Disks disks,
        Snapshots snapshots,
        Exports exports,
        Network network,
        Boot boot,
        GuestShell shell,
        List<Vmm> vmms) {
    public Outside {
        vmms = List.copyOf(vmms);
    }

    /// The VMM that is asked for, or the first one that works here.
    ///
    /// @throws CoveException UNAVAILABLE when there is none
    Vmm vmmFor(Optional<String> wanted) {
        return wanted.map(this::named).orElseGet(this::best);
    }

    /// The VMM of that name, which a machine here has been started or saved by.
    ///
    /// @throws CoveException UNAVAILABLE when it is not here any more
    Vmm vmm(String name) {
        return vmms.stream()
                .filter(v -> v.name().equals(name))
                .findFirst()
                .orElseThrow(() ->
                        CoveException.unavailable(
                                "the VMM \"" + name + "\" is not here any more; see: cove doctor"));
    }

    /// The snapshot that a VM sleeps in, or has slept in until just now.
    Optional<Snapshot> sleepOf(VmId id) {
        return snapshots.all().stream()
                .filter(s -> s.kind() == Snapshot.Kind.SLEEP && s.of().equals(Optional.of(id)))
                .findFirst();
    }

    /// Where there are memories of that checksum.
    List<Path> memoriesWith(long checksum) {
        return snapshots.all().stream()
                .filter(s ->
                        s.moment().flatMap(Snapshot.Moment::memory).equals(Optional.of(checksum)))
                .flatMap(s -> memoryOf(s.id()).stream())
                .toList();
    }

    private Optional<Path> memoryOf(SnapshotId id) {
        try {
            return Optional.of(snapshots.files(id).memory());
        } catch (CoveException e) {
            return Optional.empty(); // it has just been deleted
        }
    }

    /// Deletes a snapshot, and what is kept ready of it.
    void drop(SnapshotId id) {
        snapshots.find(id).ifPresent(_ -> vmms.forEach(v -> v.forget(snapshots.files(id))));
        snapshots.delete(id);
    }

    /// The unprivileged user that a VM's machine runs as.
    int userOf(Ipv4 address) {
        return VmUser.of(network.subnet(), address);
    }

    /// @throws CoveException INVALID when there is no VMM of that name, UNAVAILABLE when it does
    ///   not work here
    void checkVmm(String name) {
        named(name);
    }

    private Vmm named(String name) {
        return vmms.stream()
                .filter(v -> v.name().equals(name))
                .findFirst()
                .map(Outside::usable)
                .orElseThrow(() ->
                        CoveException.invalid(
                                "there is no VMM \""
                                        + name
                                        + "\"; there are "
                                        + vmms.stream().map(Vmm::name).toList()));
    }

    private Vmm best() {
        return vmms.stream()
                .filter(v -> v.capabilities().usable())
                .findFirst()
                .orElseThrow(() ->
                        CoveException.unavailable(
                                "no VMM works on this machine; see: cove doctor"));
    }

    private static Vmm usable(Vmm vmm) {
        var can = vmm.capabilities();
        if (!can.usable()) {
            throw CoveException.unavailable(
                    vmm.name() + " does not work here: " + can.whyNot() + "; see: cove doctor");
        }
        return vmm;
    }
}

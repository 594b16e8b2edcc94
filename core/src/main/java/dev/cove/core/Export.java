package dev.cove.core;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// What an exported VM's file says of it, besides what is in its disk and memory: enough to make
/// one like it elsewhere. Who it was (id, address, machine-id, host key) and whose it was is not in
/// it.
///
/// @param name what it was called
/// @param image what it was made of; neither its disk nor its kernel is in the file
/// @param vmm the VMM that it asked for
/// @param sleepAfter how long nobody has to use it before it is put to sleep; empty for never
/// @param moment what its machine was doing, if that is in the file
/// @param taken when it was like that
public record Export(
        Name name,
        ImageRef image,
        Shape shape,
        Optional<String> vmm,
        List<SshKey> keys,
        Labels labels,
        Optional<Duration> sleepAfter,
        Optional<Snapshot.Moment> moment,
        Instant taken) {
    public Export {
        keys = List.copyOf(keys);
    }

    /// A VM as it was when a snapshot was taken of it.
    public static Export of(VmSpec spec, Snapshot snapshot) {
        return new Export(
                spec.name(),
                snapshot.image(),
                snapshot.shape(),
                spec.vmm(),
                spec.keys(),
                spec.labels(),
                spec.sleepAfter(),
                snapshot.moment(),
                snapshot.created());
    }
}

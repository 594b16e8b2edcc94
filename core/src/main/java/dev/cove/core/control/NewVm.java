package dev.cove.core.control;

import dev.cove.core.Bytes;
import dev.cove.core.Labels;
import dev.cove.core.Name;
import dev.cove.core.SshKey;
import dev.cove.core.VmSpec;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// A VM that somebody wants. What is left out gets the usual value, the name a random one.
///
/// @param start whether it is to run at once
/// @param cold whether it has to be booted, even where a template could be forked
/// @param sleepAfter how long nobody has to use it before it is put to sleep; empty for never
public record NewVm(
        Optional<Name> name,
        Optional<Name> image,
        Optional<Integer> cpus,
        Optional<Bytes> memory,
        Optional<Bytes> disk,
        Optional<String> vmm,
        List<SshKey> keys,
        Labels labels,
        boolean start,
        boolean cold,
        Optional<Duration> sleepAfter) {
    private static final int MOST_KEYS = 64;

    public NewVm {
        keys = List.copyOf(keys);
        if (keys.size() > MOST_KEYS) {
            throw dev.cove.core.CoveException.invalid(
                    keys.size() + " keys are too many; " + MOST_KEYS + " is the most");
        }
    }

    /// The same, for whoever may log in to the original, unless somebody is named.
    NewVm withKeysOf(VmSpec original) {
        return new NewVm(
                name,
                image,
                cpus,
                memory,
                disk,
                vmm,
                keys.isEmpty() ? original.keys() : keys,
                labels,
                start,
                cold,
                sleepAfter);
    }

    /// Nothing in particular.
    public static NewVm usual() {
        return new NewVm(
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                List.of(),
                Labels.NONE,
                true,
                false,
                Optional.empty());
    }
}

package dev.cove.core.port;

import dev.cove.core.Identity;
import dev.cove.core.Image;
import dev.cove.core.Ipv4;
import dev.cove.core.SshKey;
import dev.cove.core.Subnet;
import dev.cove.core.VmSpec;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/// What happens in a guest before its own init does.
public interface Boot {
    /// Writes what this VM boots from into its folder; the same again when it is there already.
    BootFiles prepare(VmSpec spec, Image image, Person person, Path folder);

    /// Waits for the guest's first word: its kernel is up, its disk mounted, its address set. May
    /// be interrupted.
    ///
    /// @throws dev.cove.core.CoveException UNAVAILABLE when nothing comes in time
    /// @throws InterruptedException when it is no longer of interest
    void awaitWord(Machine machine, Duration limit) throws InterruptedException;

    /// Sets the guest's clock by the host's, in the background; does nothing where the guest does
    /// not listen.
    void setClock(Machine machine);

    /// Who the guest is to be.
    ///
    /// @param keys all that may log in, the daemon's own among them
    record Person(Identity identity, Ipv4 address, Subnet subnet, List<SshKey> keys) {}
}

package dev.cove.core.port;

import dev.cove.core.Bytes;
import dev.cove.core.Identity;
import dev.cove.core.Image;
import dev.cove.core.Ipv4;
import dev.cove.core.Mac;
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

    /// Brings a guest to rest that is to be the template of others: its logs, shell history, leases
    /// and random seed go, and what waits for an identity gets ready. It has to become somebody
    /// before it can be reached again. May be interrupted.
    ///
    /// @throws dev.cove.core.CoveException UNAVAILABLE when the guest does not say so in time
    /// @throws InterruptedException when it is no longer of interest
    void prepareTemplate(Machine machine, Duration limit) throws InterruptedException;

    /// Makes a guest that was resumed the one that it is to be: name, address, MAC, machine id,
    /// host keys, authorised keys, fresh entropy, the time. Returns when the guest has said that it
    /// is so. Doing it twice is doing it once, and a guest that is that one already keeps its SSH
    /// sessions. May be interrupted.
    ///
    /// @throws dev.cove.core.CoveException UNAVAILABLE when it does not say so in time
    /// @throws InterruptedException when it is no longer of interest
    void become(Machine machine, VmSpec spec, Person person, Mac mac, Duration limit)
            throws InterruptedException;

    /// Has a guest that runs use all of a disk that has grown, to that size at least. Doing it
    /// twice is doing it once. May be interrupted.
    ///
    /// @throws dev.cove.core.CoveException UNAVAILABLE when it does not say so in time, or cannot
    /// @throws InterruptedException when it is no longer of interest
    void grow(Machine machine, Bytes disk, Duration limit) throws InterruptedException;

    /// Makes sure that a guest listens: one that does not could not be told who it is, once it has
    /// been copied. May be interrupted.
    ///
    /// @throws dev.cove.core.CoveException UNAVAILABLE when it does not answer in time
    /// @throws InterruptedException when it is no longer of interest
    void greet(Machine machine, Duration limit) throws InterruptedException;

    /// Has the guest write everything to its disk and hold still until `thaw`, or until it is made
    /// somebody by `become`.
    ///
    /// @return whether the guest says that it does
    boolean freeze(Machine machine, Duration limit) throws InterruptedException;

    /// Has it go on writing.
    void thaw(Machine machine, Duration limit) throws InterruptedException;

    /// Sets the guest's clock by the host's, in the background; does nothing where the guest does
    /// not listen.
    void setClock(Machine machine);

    /// Who the guest is to be.
    ///
    /// @param keys all that may log in, the daemon's own among them
    record Person(Identity identity, Ipv4 address, Subnet subnet, List<SshKey> keys) {}
}

package dev.cove.core.port;

import dev.cove.core.Accelerator;
import dev.cove.core.Bytes;
import dev.cove.core.ProcessRef;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.LongFunction;

/// A machine that was started or adopted. Its methods may be called from any thread.
public interface Machine extends AutoCloseable {
    /// The launch that it was started for.
    int launch();

    ProcessRef process();

    Accelerator accelerator();

    /// How it is right now.
    Life life();

    /// Calls back, on a thread of the machine's own, each time that `life` changes.
    void onChange(Runnable listener);

    /// Writes down what the machine is doing: its state and memory. The guest goes on until the
    /// very end, then stands still, until `proceed` or `kill`, or as soon as nothing more is wanted
    /// of it. When it throws, the guest goes on, unless it has come to its end; or it stands still,
    /// where it could not be let go on either. `life` tells.
    ///
    /// @throws dev.cove.core.CoveException BUSY when it is being saved already, UNAVAILABLE when it
    ///   cannot be, with the reason; for want of room, with how much was missing
    /// @throws InterruptedException when it is no longer of interest
    Saved save(Save how) throws InterruptedException;

    /// Lets a guest that stands still go on; nothing when it does not.
    void proceed();

    /// Tells the machine that its disk's file has grown.
    void growDisk(Bytes size);

    /// Asks the guest to shut down, as its power button would. Returns at once.
    void askToShutDown();

    /// Ends the process and returns when it is gone. Idempotent.
    ///
    /// @throws dev.cove.core.CoveException INTERNAL when it is still there after `patience`
    void kill(Duration patience);

    /// What the guest wrote to its console, bounded to the last few MiB.
    Path consoleLog();

    /// The guest's console, to read and write; one at a time.
    ///
    /// @throws dev.cove.core.CoveException BUSY when somebody else has it
    SocketChannel openConsole() throws IOException;

    /// The byte channel on which the guest's first process speaks.
    SocketChannel openGuestChannel() throws IOException;

    /// Lets go without touching the process: VMs outlive the daemon.
    @Override
    void close();

    /// How to save.
    ///
    /// @param files where state and memory go; neither is there before. A memory of its own is made
    ///   only of a machine that was launched to be a template. One that was resumed from such a
    ///   memory may have that very file there as a further link, and what differs from it as its
    ///   state
    /// @param meanwhile what has to happen while the guest stands still, such as taking its disk
    /// @param memories where there are memories with a checksum, which may be gone a moment later
    /// @param goesOn whether the guest goes on by itself; one that stood still before does not
    record Save(
            Snapshots.Files files,
            Runnable meanwhile,
            LongFunction<List<Path>> memories,
            boolean goesOn) {
        /// All of it, whatever is there, of a guest that stands still afterwards.
        public Save(Snapshots.Files files, Runnable meanwhile) {
            this(files, meanwhile, checksum -> List.of(), false);
        }
    }

    /// @param state, memory the checksums of what was written (CRC-32C)
    /// @param size what was written, of both files together
    /// @param standstill for how long the guest stood still; zero where it still does
    record Saved(long state, Optional<Long> memory, Bytes size, Duration standstill) {}

    /// Whether the guest runs.
    enum Life {
        RUNNING,
        /// The guest stands still: it was resumed or saved, and waits for `proceed`.
        STILL,
        /// The guest has turned itself off; the process waits for `kill`.
        OFF,
        /// The guest wants to boot again, and this process cannot do that; it waits for `kill`.
        REBOOT,
        /// The process has gone, and nobody asked it to.
        DEAD
    }
}

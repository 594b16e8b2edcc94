package dev.cove.core.port;

import dev.cove.core.Accelerator;
import dev.cove.core.ProcessRef;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;

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

    /// Whether the guest runs.
    enum Life {
        RUNNING,
        /// The guest has turned itself off; the process waits for `kill`.
        OFF,
        /// The process has gone, and nobody asked it to.
        DEAD
    }
}

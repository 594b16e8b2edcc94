package dev.cove.core.port;

import dev.cove.core.Ipv4;
import dev.cove.core.SshKey;
import dev.cove.core.VmId;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/// Runs commands in guests, over one SSH connection for each guest that is kept while it is awake.
public interface GuestShell extends AutoCloseable {
    /// The public half of the daemon's own key.
    SshKey key();

    /// Waits until a command has run in the guest.
    ///
    /// @throws dev.cove.core.CoveException UNAVAILABLE when none has in time
    /// @throws InterruptedException when it is no longer of interest
    void awaitCommand(Guest guest, Duration limit) throws InterruptedException;

    /// Starts a command. The caller closes the session.
    Session exec(Guest guest, Command command);

    /// Drops the connection to a guest that has stopped or is about to.
    void forget(VmId id);

    @Override
    void close();

    /// Whom to talk to.
    ///
    /// @param hostKey what it has to show
    record Guest(VmId id, Ipv4 address, String user, SshKey hostKey) {}

    /// @param arguments what to run, word by word; the shell in between sees them quoted. Empty is
    ///   the user's login shell
    /// @param folder where to run it; empty is the user's home
    /// @param user who runs it, if not the one that is logged in
    record Command(
            List<String> arguments,
            Map<String, String> environment,
            Optional<String> folder,
            Optional<String> user,
            Optional<Terminal> terminal) {}

    /// @param type what `TERM` is to be
    record Terminal(String type, int columns, int rows) {}

    /// A command that runs. Reads block, as those of any stream do.
    interface Session extends AutoCloseable {
        OutputStream stdin();

        InputStream stdout();

        /// Empty when there is a terminal: both are one then.
        InputStream stderr();

        void resize(int columns, int rows);

        /// Waits for the end.
        ///
        /// @return the exit code, 128 + n for signal n; empty when the connection was lost
        OptionalInt await() throws InterruptedException;

        @Override
        void close();
    }
}

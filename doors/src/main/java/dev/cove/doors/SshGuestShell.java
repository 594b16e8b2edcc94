package dev.cove.doors;

import dev.cove.core.CoveException;
import dev.cove.core.SshKey;
import dev.cove.core.VmId;
import dev.cove.core.port.GuestShell;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.sshd.client.channel.PtyCapableChannelSession;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.channel.PtyChannelConfiguration;
import org.apache.sshd.common.channel.exception.SshChannelOpenException;

/// Runs commands in guests by SSH. Each guest that is awake has one connection, which all its
/// commands share; a wait for one guest holds up nobody else.
///
/// Checked with OpenSSH 9.2 and Dropbear 2022.83 as the guest's side.
public final class SshGuestShell implements GuestShell {
    private static final int SSH = 22;
    private static final Duration CONNECT_WITHIN = Duration.ofSeconds(15);
    private static final Duration OPEN_WITHIN = Duration.ofSeconds(10);
    private static final Command TRUE =
            new Command(
                    List.of("true"),
                    Map.of(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty());

    private final DaemonKey key;
    private final CompletableFuture<Dialer> dialer;
    private final Map<VmId, Line> lines = new ConcurrentHashMap<>();
    private volatile boolean closed;

    SshGuestShell(DaemonKey key, int port) {
        this.key = key;
        dialer = new CompletableFuture<>();
        // MINA takes a good part of a second to load; nobody has to wait for it before a VM boots.
        Thread.ofVirtual()
                .name("ssh-warm-up")
                .start(() -> {
                    try {
                        dialer.complete(new Dialer(key, port));
                    } catch (RuntimeException | Error e) {
                        dialer.completeExceptionally(e);
                    }
                });
    }

    /// The shell of this daemon, whose key is in the file; it is made there at the first start.
    ///
    /// @throws CoveException UNAVAILABLE, DENIED or INTERNAL when the key cannot be had
    public static SshGuestShell withKeyIn(Path file, SecureRandom random) {
        return new SshGuestShell(DaemonKey.in(file, random), SSH);
    }

    @Override
    public SshKey key() {
        return key.shown();
    }

    @Override
    public void awaitCommand(Guest guest, Duration limit) throws InterruptedException {
        var deadline = Deadline.in(limit);
        var why = "it ran no command";
        while (!deadline.passed()) {
            try (var session = start(guest, TRUE, deadline)) {
                var code = session.await(deadline.left());
                if (code.isPresent() && code.getAsInt() == 0) {
                    return;
                }
                why = code.isPresent() ? "`true` ended with " + code.getAsInt() : "it hung up";
            } catch (IOException e) {
                why = e.getMessage();
            }
            Thread.sleep(deadline.atMost(Duration.ofMillis(200)));
        }
        throw CoveException.unavailable(guest.id() + " ran no command in " + limit + ": " + why);
    }

    @Override
    public Session exec(Guest guest, Command command) {
        try {
            return start(guest, command, Deadline.in(CONNECT_WITHIN));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw CoveException.unavailable("interrupted before the command began", e);
        } catch (IOException e) {
            throw CoveException.unavailable(
                    guest.id() + " does not start the command: " + e.getMessage(), e);
        }
    }

    private SshSession start(Guest guest, Command command, Deadline deadline)
            throws IOException, InterruptedException {
        var text = RemoteCommand.line(command, guest.user());
        var line = line(guest);
        var session = line.session(guest, deadline);
        try {
            return open(session, text, command.terminal(), deadline, List.of());
        } catch (SshChannelOpenException full) {
            // sshd's MaxSessions, ten by default, is per connection.
            var another = line.another(guest, deadline);
            return open(
                    another,
                    text,
                    command.terminal(),
                    deadline,
                    List.of(() -> another.close(true)));
        } catch (IOException dead) {
            // The guest may have restarted without a word; one new connection tells.
            line.discard(session);
            return open(
                    line.session(guest, deadline), text, command.terminal(), deadline, List.of());
        }
    }

    private Line line(Guest guest) {
        if (closed) {
            throw CoveException.unavailable("the daemon is stopping");
        }
        return lines.computeIfAbsent(guest.id(), id -> new Line(this::dialer));
    }

    private Dialer dialer() {
        try {
            return dialer.join();
        } catch (CompletionException e) {
            throw CoveException.internal("the SSH client does not start", e);
        }
    }

    private static SshSession open(
            ClientSession session,
            Optional<String> text,
            Optional<Terminal> terminal,
            Deadline deadline,
            List<AutoCloseable> owned)
            throws IOException, InterruptedException {
        var pty = new PtyChannelConfiguration();
        terminal.ifPresent(wanted -> size(pty, wanted));
        var channel = channel(session, text, pty);
        channel.setUsePty(terminal.isPresent());
        var opened = false;
        try {
            var opening = channel.open();
            opened = Waiting.on(opening, deadline.atMost(OPEN_WITHIN)) && opening.isOpened();
            if (!opened) {
                var failure = opening.getException();
                throw failure == null
                        ? new IOException("it opens no channel")
                        : Waiting.asIo("it opens no channel", failure);
            }
            return new SshSession(channel, terminal.isPresent(), owned);
        } finally {
            if (!opened) {
                channel.close(true);
            }
        }
    }

    private static PtyCapableChannelSession channel(
            ClientSession session, Optional<String> text, PtyChannelConfiguration pty)
            throws IOException {
        try {
            return text.isPresent()
                    ? session.createExecChannel(text.get(), pty, Map.of())
                    : session.createShellChannel(pty, Map.of());
        } catch (IllegalStateException e) {
            // MINA's word for a connection that has just been lost.
            throw new IOException("the connection was lost", e);
        }
    }

    private static void size(PtyChannelConfiguration pty, Terminal wanted) {
        pty.setPtyType(wanted.type());
        pty.setPtyColumns(wanted.columns());
        pty.setPtyLines(wanted.rows());
        pty.setPtyWidth(0);
        pty.setPtyHeight(0);
    }

    @Override
    public void forget(VmId id) {
        var line = lines.remove(id);
        if (line != null) {
            line.hangUp();
        }
    }

    @Override
    public void close() {
        closed = true;
        lines.values().forEach(Line::hangUp);
        lines.clear();
        if (dialer.isDone() && !dialer.isCompletedExceptionally()) {
            dialer.join().close();
        }
    }
}

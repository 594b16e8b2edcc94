package dev.cove.doors;

import dev.cove.core.port.GuestShell;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.sshd.client.channel.PtyCapableChannelSession;
import org.apache.sshd.common.SshConstants;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One channel of a guest's connection, on which a command runs.
final class SshSession implements GuestShell.Session {
    private static final Logger LOG = LoggerFactory.getLogger(SshSession.class);
    // RFC 4254, 6.10; the numbers are Linux' (signal(7)).
    private static final Map<String, Integer> SIGNALS =
            Map.ofEntries(
                    Map.entry("HUP", 1),
                    Map.entry("INT", 2),
                    Map.entry("QUIT", 3),
                    Map.entry("ILL", 4),
                    Map.entry("TRAP", 5),
                    Map.entry("ABRT", 6),
                    Map.entry("BUS", 7),
                    Map.entry("FPE", 8),
                    Map.entry("KILL", 9),
                    Map.entry("USR1", 10),
                    Map.entry("SEGV", 11),
                    Map.entry("USR2", 12),
                    Map.entry("PIPE", 13),
                    Map.entry("ALRM", 14),
                    Map.entry("TERM", 15),
                    Map.entry("XCPU", 24),
                    Map.entry("XFSZ", 25),
                    Map.entry("SYS", 31));
    private static final int BY_SIGNAL = 128;
    private static final int UNKNOWN_SIGNAL = 127;
    private static final Duration LET_GO_WITHIN = Duration.ofSeconds(10);

    private final PtyCapableChannelSession channel;
    private final boolean terminal;
    private final List<AutoCloseable> owned;
    private final CountDownLatch over = new CountDownLatch(1);

    /// @param owned what to close after the channel
    SshSession(PtyCapableChannelSession channel, boolean terminal, List<AutoCloseable> owned) {
        this.channel = channel;
        this.terminal = terminal;
        this.owned = owned;
        channel.addCloseFutureListener(closed -> over.countDown());
    }

    @Override
    public OutputStream stdin() {
        return channel.getInvertedIn();
    }

    @Override
    public InputStream stdout() {
        return channel.getInvertedOut();
    }

    @Override
    public InputStream stderr() {
        return terminal ? InputStream.nullInputStream() : channel.getInvertedErr();
    }

    @Override
    public void resize(int columns, int rows) {
        if (!terminal) {
            return;
        }
        try {
            channel.sendWindowChange(columns, rows);
        } catch (IOException e) {
            // The command has ended or the guest has gone; `await` tells.
            LOG.debug("cannot resize the terminal of {}", channel, e);
        }
    }

    @Override
    public OptionalInt await() throws InterruptedException {
        over.await();
        var code = channel.getExitStatus();
        if (code != null) {
            return OptionalInt.of(code);
        }
        var signal = channel.getExitSignal();
        return signal == null ? OptionalInt.empty() : OptionalInt.of(BY_SIGNAL + number(signal));
    }

    /// Like `await`, but empty as well when the time is over.
    OptionalInt await(Duration limit) throws InterruptedException {
        return over.await(limit.toNanos(), TimeUnit.NANOSECONDS) ? await() : OptionalInt.empty();
    }

    private static int number(String signal) {
        return SIGNALS.getOrDefault(signal, UNKNOWN_SIGNAL);
    }

    /// Ends the command as a terminal that goes away would, with SIGHUP, and gives up the channel.
    /// A guest that does not let go of it is left with it a moment later: reads and `await` end.
    @Override
    public void close() {
        if (over.getCount() > 0 && channel.isOpen()) {
            hangUp();
            Thread.ofVirtual().name("ssh-close").start(this::letGo);
        }
        channel.close(false);
        for (var each : owned) {
            try {
                each.close();
            } catch (Exception e) {
                LOG.debug("while closing {}", channel, e);
            }
        }
    }

    private void letGo() {
        try {
            if (!over.await(LET_GO_WITHIN.toMillis(), TimeUnit.MILLISECONDS)) {
                LOG.debug("{} is not let go of", channel);
                channel.close(true);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void hangUp() {
        try {
            var session = channel.getSession();
            var packet = session.createBuffer(SshConstants.SSH_MSG_CHANNEL_REQUEST, 32);
            packet.putUInt(channel.getRecipient());
            packet.putString("signal");
            packet.putBoolean(false);
            packet.putString("HUP");
            session.writePacket(packet);
        } catch (IOException e) {
            LOG.debug("cannot send a signal on {}", channel, e);
        }
    }
}

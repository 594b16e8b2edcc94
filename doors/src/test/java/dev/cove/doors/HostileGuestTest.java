package dev.cove.doors;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cove.core.port.GuestShell.Command;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.SshException;
import org.apache.sshd.common.session.Session;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Guests that break the rules cost the daemon their own connection and nothing more.
@Timeout(60)
class HostileGuestTest {
    private static final Command CAT =
            new Command(
                    List.of("cat"), Map.of(), Optional.empty(), Optional.empty(), Optional.empty());

    @TempDir Path folder;

    private Loopback guest(DaemonKey key) {
        var loopback = new Loopback(key, 0);
        loopback.open();
        return loopback;
    }

    @Test
    void isCutOffWhenItAsksWithoutEndAndNeverReads() throws Exception {
        var key = Loopback.key(folder);
        try (var loopback = guest(key);
                var shell = new SshGuestShell(key, loopback.port());
                var session = shell.exec(loopback.guest(), CAT);
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var rogue = loopback.server.getActiveSessions().getFirst();
            rogue.getIoSession().suspendRead();
            var asked = threads.submit(() -> askForEver(rogue));

            assertThat(session.await()).isEmpty();
            assertThat(asked.get(30, TimeUnit.SECONDS)).isGreaterThan(10_000);
        }
    }

    @Test
    void isCutOffWhenItSendsMoreThanTheWindow() throws Exception {
        var key = Loopback.key(folder);
        try (var loopback = guest(key);
                var shell = new SshGuestShell(key, loopback.port());
                var session = shell.exec(loopback.guest(), CAT)) {
            sendTooMuch(loopback.server.getActiveSessions().getFirst());

            assertThat(session.await()).isEmpty();
        }
    }

    @Test
    void cannotHoldUpWhoGivesACommandUp() throws Exception {
        var key = Loopback.key(folder);
        try (var loopback = guest(key);
                var shell = new SshGuestShell(key, loopback.port());
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var session = shell.exec(loopback.guest(), CAT);
            // It does not even hear that the command is given up.
            loopback.server.getActiveSessions().getFirst().getIoSession().suspendRead();
            var reading = threads.submit(() -> session.stdout().read());
            var waiting = threads.submit(session::await);

            session.close();

            assertThat(waiting.get(20, TimeUnit.SECONDS)).isEmpty();
            assertThat(reading.get(20, TimeUnit.SECONDS)).isEqualTo(-1);
        }
    }

    private static void sendTooMuch(Session rogue) throws IOException {
        for (var i = 0; i < 40; i++) {
            var data = rogue.createBuffer(SshConstants.SSH_MSG_CHANNEL_DATA, 16 * 1024);
            data.putUInt(0);
            data.putBytes(new byte[16 * 1024]);
            try {
                rogue.writePacket(data);
            } catch (SshException e) {
                return; // it has been cut off
            }
        }
    }

    private static int askForEver(Session rogue) {
        var asked = 0;
        try {
            for (; rogue.isOpen(); asked++) {
                var request = rogue.createBuffer(SshConstants.SSH_MSG_GLOBAL_REQUEST, 64);
                request.putString("are-you-there");
                request.putBoolean(true);
                var written = rogue.writePacket(request);
                if (asked % 1000 == 0) {
                    Waiting.on(written, Duration.ofSeconds(20));
                }
            }
        } catch (IOException | InterruptedException e) {
            return asked;
        }
        return asked;
    }
}

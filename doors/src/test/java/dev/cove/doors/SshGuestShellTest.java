package dev.cove.doors;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cove.core.CoveException;
import dev.cove.core.HostKey;
import dev.cove.core.VmId;
import dev.cove.core.port.GuestShell.Command;
import dev.cove.core.port.GuestShell.Session;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.apache.sshd.core.CoreModuleProperties;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class SshGuestShellTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);

    @TempDir Path folder;
    private DaemonKey key;
    private Loopback loopback;
    private SshGuestShell shell;

    @BeforeEach
    void startAGuest() {
        key = Loopback.key(folder);
        loopback = new Loopback(key, 0);
        loopback.open();
        shell = new SshGuestShell(key, loopback.port());
    }

    @AfterEach
    void stopIt() {
        shell.close();
        loopback.close();
    }

    private static Command sh(String script) {
        return command(List.of("sh", "-c", script));
    }

    private static Command command(List<String> words) {
        return new Command(words, Map.of(), Optional.empty(), Optional.empty(), Optional.empty());
    }

    private static String output(Session session) throws IOException {
        return new String(session.stdout().readAllBytes(), UTF_8);
    }

    @Test
    void waitsUntilACommandHasRunAndKeepsTheConnection() throws Exception {
        var guest = loopback.guest();

        shell.awaitCommand(guest, LIMIT);
        shell.awaitCommand(guest, LIMIT);
        try (var session = shell.exec(guest, sh("echo hello"))) {
            assertThat(output(session)).isEqualTo("hello\n");
            assertThat(session.await()).hasValue(0);
        }

        assertThat(loopback.server.getActiveSessions()).hasSize(1);
    }

    @Test
    void passesInputThroughAndItsEnd() throws Exception {
        try (var session = shell.exec(loopback.guest(), command(List.of("cat")))) {
            session.stdin().write("a line\n".getBytes(UTF_8));
            session.stdin().close();

            assertThat(output(session)).isEqualTo("a line\n");
            assertThat(session.await()).hasValue(0);
        }
    }

    @Test
    void keepsOutputAndErrorsApart() throws Exception {
        try (var session = shell.exec(loopback.guest(), sh("echo out; echo err >&2; exit 3"))) {
            assertThat(output(session)).isEqualTo("out\n");
            assertThat(new String(session.stderr().readAllBytes(), UTF_8)).isEqualTo("err\n");
            assertThat(session.await()).hasValue(3);
        }
    }

    @Test
    void givesASignalAs128AndItsNumber() throws Exception {
        try (var session = shell.exec(loopback.guest(), sh("kill -TERM $$"))) {
            assertThat(session.await()).hasValue(128 + 15);
        }
        try (var session = shell.exec(loopback.guest(), sh("kill -KILL $$"))) {
            assertThat(session.await()).hasValue(128 + 9);
        }
    }

    @Test
    void holdsAFloodUpUntilItIsRead() throws Exception {
        var flood = sh("i=0; while [ $i -lt 2000 ]; do printf '%01024d' $i; i=$((i+1)); done");
        try (var session = shell.exec(loopback.guest(), flood)) {
            var first = session.stdout().readNBytes(1);
            // A window is 256 KiB, so this much can be here unread and no more.
            assertThat(session.stdout().available()).isLessThanOrEqualTo(256 * 1024);

            var rest = session.stdout().readAllBytes();

            assertThat(first.length + rest.length).isEqualTo(2000 * 1024);
            assertThat(session.await()).hasValue(0);
        }
    }

    @Test
    void refusesAGuestThatShowsAnotherHostKey() {
        var other = HostKey.random(new SecureRandom()).publicKey();
        var guest = Loopback.guest(VmId.random(Loopback.RANDOM), other);

        assertThatThrownBy(() -> shell.awaitCommand(guest, LIMIT))
                .isInstanceOf(CoveException.class)
                .hasMessageContaining("another host key");
        assertThatThrownBy(() -> shell.exec(guest, sh("true")))
                .hasMessageContaining("another host key");
    }

    @Test
    void saysSoWhenItIsNotLetIn() {
        loopback.server.setPublickeyAuthenticator((user, shown, session) -> false);

        assertThatThrownBy(() -> shell.awaitCommand(loopback.guest(), Duration.ofSeconds(1)))
                .isInstanceOf(CoveException.class)
                .hasMessageContaining("turned the daemon away");
    }

    @Test
    void honoursTheDeadlineWithAServerThatSaysNothing() throws Exception {
        try (var silent = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
                var other = new SshGuestShell(key, silent.getLocalPort())) {
            var begun = System.nanoTime();

            assertThatThrownBy(() -> other.awaitCommand(loopback.guest(), Duration.ofMillis(700)))
                    .isInstanceOf(CoveException.class)
                    .hasMessageContaining("handshake");

            assertThat(Duration.ofNanos(System.nanoTime() - begun))
                    .isBetween(Duration.ofMillis(650), Duration.ofSeconds(10));
        }
    }

    @Test
    void honoursTheDeadlineWithAClosedPort() throws Exception {
        int port;
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = taken.getLocalPort();
        }
        try (var other = new SshGuestShell(key, port)) {
            assertThatThrownBy(() -> other.awaitCommand(loopback.guest(), Duration.ofMillis(300)))
                    .isInstanceOf(CoveException.class)
                    .hasMessageContaining("port is closed");
        }
    }

    @Test
    void connectsAsSoonAsThePortOpens() throws Exception {
        int port;
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = taken.getLocalPort();
        }
        try (var threads = Executors.newVirtualThreadPerTaskExecutor();
                var late = new Loopback(key, port);
                var other = new SshGuestShell(key, port)) {
            var guest = late.guest();
            var ran =
                    threads.submit(() -> {
                        other.awaitCommand(guest, LIMIT);
                        return System.nanoTime();
                    });
            late.open();
            var opened = System.nanoTime();

            assertThat(Duration.ofNanos(ran.get(20, TimeUnit.SECONDS) - opened))
                    .isLessThan(Duration.ofSeconds(10));
        }
    }

    @Test
    void canBeInterruptedWhileItWaits() throws Exception {
        try (var silent = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
                var other = new SshGuestShell(key, silent.getLocalPort());
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var thread = new Thread[1];
            var waiting = new CountDownLatch(1);
            var ended =
                    threads.submit(() -> {
                        thread[0] = Thread.currentThread();
                        waiting.countDown();
                        try {
                            other.awaitCommand(loopback.guest(), Duration.ofMinutes(5));
                            return "ran";
                        } catch (InterruptedException e) {
                            return "interrupted";
                        }
                    });
            assertThat(waiting.await(10, TimeUnit.SECONDS)).isTrue();
            thread[0].interrupt();

            assertThat(ended.get(10, TimeUnit.SECONDS)).isEqualTo("interrupted");
        }
    }

    @Test
    void endsAWaitWhenTheGuestIsForgotten() throws Exception {
        try (var silent = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
                var other = new SshGuestShell(key, silent.getLocalPort());
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var guest = loopback.guest();
            var ended =
                    threads.submit(() -> {
                        other.awaitCommand(guest, Duration.ofMinutes(5));
                        return "ran";
                    });
            silent.accept().getInputStream().read();
            other.forget(guest.id());

            assertThatThrownBy(() -> ended.get(10, TimeUnit.SECONDS))
                    .cause()
                    .isInstanceOf(CoveException.class)
                    .hasMessageContaining("being stopped");
        }
    }

    @Test
    void tellsOfAConnectionThatIsLostInTheMiddle() throws Exception {
        try (var session = shell.exec(loopback.guest(), sh("echo begun; exec sleep 60"))) {
            assertThat(session.stdout().readNBytes(6)).isEqualTo("begun\n".getBytes(UTF_8));

            loopback.server.getActiveSessions().forEach(each -> each.getIoSession().close(true));

            assertThat(session.await()).isEqualTo(OptionalInt.empty());
            assertThat(session.stdout().read()).isEqualTo(-1);
        }
    }

    @Test
    void connectsAgainAfterTheConnectionWasLost() throws Exception {
        var guest = loopback.guest();
        shell.awaitCommand(guest, LIMIT);
        loopback.server.getActiveSessions().forEach(each -> each.getIoSession().close(true));

        try (var session = shell.exec(guest, sh("echo again"))) {
            assertThat(output(session)).isEqualTo("again\n");
        }
    }

    @Test
    void connectsAfreshWhenTheVmHasAnotherHostKeyNow() throws Exception {
        var guest = loopback.guest();
        shell.awaitCommand(guest, LIMIT);

        var changed = Loopback.guest(guest.id(), HostKey.random(new SecureRandom()).publicKey());

        assertThatThrownBy(() -> shell.exec(changed, sh("true")))
                .hasMessageContaining("another host key");
    }

    @Test
    void makesRoomWhenTheGuestTakesNoMoreChannelsOnOneConnection() throws Exception {
        CoreModuleProperties.MAX_CONCURRENT_CHANNELS.set(loopback.server, 2);
        var guest = loopback.guest();
        try (var one = shell.exec(guest, command(List.of("cat")));
                var two = shell.exec(guest, command(List.of("cat")));
                var three = shell.exec(guest, command(List.of("cat")))) {
            for (var each : List.of(one, two, three)) {
                each.stdin().write('x');
                each.stdin().close();
                assertThat(output(each)).isEqualTo("x");
            }
        }
    }

    @Test
    void setsFolderAndEnvironment() throws Exception {
        var command =
                new Command(
                        List.of("sh", "-c", "pwd; printf %s \"$GREETING\""),
                        Map.of("GREETING", "it's $HOME\n`x`"),
                        Optional.of("/usr/share"),
                        Optional.empty(),
                        Optional.empty());
        try (var session = shell.exec(loopback.guest(), command)) {
            assertThat(output(session)).isEqualTo("/usr/share\nit's $HOME\n`x`");
        }
    }

    @Test
    void givesTheLoginShellWhenThereIsNoCommand() throws Exception {
        try (var session = shell.exec(loopback.guest(), command(List.of()))) {
            session.stdin().write("echo from the shell; exit 7\n".getBytes(UTF_8));
            session.stdin().flush();

            assertThat(output(session)).isEqualTo("from the shell\n");
            assertThat(session.await()).hasValue(7);
        }
    }

    @Test
    void takesNothingMoreOnceItIsClosed() {
        shell.close();

        assertThatThrownBy(() -> shell.exec(loopback.guest(), sh("true")))
                .isInstanceOf(CoveException.class);
    }
}

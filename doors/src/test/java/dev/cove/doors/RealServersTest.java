package dev.cove.doors;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.cove.core.HostKey;
import dev.cove.core.VmId;
import dev.cove.core.port.GuestShell.Command;
import dev.cove.core.port.GuestShell.Guest;
import dev.cove.core.port.GuestShell.Session;
import dev.cove.core.port.GuestShell.Terminal;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The same against the servers that guests really run, on the loopback with keys of their own.
@Tag("root")
@Timeout(120)
class RealServersTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    /// What runs in `debian` and in `debian-slim`.
    enum Server {
        OPENSSH("/usr/sbin/sshd", "openssh-server"),
        DROPBEAR("/usr/sbin/dropbear", "dropbear-bin");

        private final Path program;
        private final String debianPackage;

        Server(String program, String debianPackage) {
            this.program = Path.of(program);
            this.debianPackage = debianPackage;
        }
    }

    @TempDir Path folder;
    private final HostKey hostKey = HostKey.random(new SecureRandom());
    private final List<AutoCloseable> running = new ArrayList<>();
    private DaemonKey key;

    @BeforeEach
    void makeAKey() {
        key = Loopback.key(folder);
    }

    @AfterEach
    void stopAll() throws Exception {
        for (var each : running.reversed()) {
            each.close();
        }
    }

    private Guest guest() {
        return Loopback.guest(VmId.random(Loopback.RANDOM), hostKey.publicKey());
    }

    private SshGuestShell shell(Server server) throws IOException {
        assumeTrue(
                Files.isExecutable(server.program),
                server.program + " is missing; install " + server.debianPackage);
        int port;
        try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        var process =
                new ProcessBuilder(
                                switch (server) {
                                    case OPENSSH -> openSsh(port);
                                    case DROPBEAR -> dropbear(port);
                                })
                        .redirectErrorStream(true)
                        .redirectOutput(folder.resolve("server.log").toFile())
                        .start();
        running.add(() -> process.destroyForcibly().waitFor(10, TimeUnit.SECONDS));
        var shell = new SshGuestShell(key, port);
        running.add(shell);
        return shell;
    }

    private List<String> openSsh(int port) throws IOException {
        var hostKeyFile = secret("host_key", hostKey.openSsh().getBytes(UTF_8));
        var authorized = secret("authorized_keys", (key.shown() + "\n").getBytes(UTF_8));
        Files.createDirectories(Path.of("/run/sshd"));
        var command = new ArrayList<>(List.of("/usr/sbin/sshd", "-D", "-e", "-f", "/dev/null"));
        for (var option :
                List.of(
                        "Port=" + port,
                        "ListenAddress=127.0.0.1",
                        "HostKey=" + hostKeyFile,
                        "PidFile=none",
                        "AuthorizedKeysFile=" + authorized,
                        "StrictModes=no",
                        "UsePAM=no",
                        "PermitRootLogin=yes")) {
            command.add("-o");
            command.add(option);
        }
        return command;
    }

    /// Dropbear looks for its keys in the home folder alone, so it gets a mount namespace with a
    /// home of its own.
    private List<String> dropbear(int port) throws IOException {
        var home = Files.createDirectories(folder.resolve("home"));
        var ssh = Files.createDirectories(home.resolve(".ssh"));
        for (var each : List.of(home, ssh)) {
            Files.setPosixFilePermissions(each, PosixFilePermissions.fromString("rwx------"));
        }
        Files.writeString(ssh.resolve("authorized_keys"), key.shown() + "\n");
        var hostKeyFile = secret("host_key", dropbearForm());
        var script =
                "mount --bind \"$1\" /root && exec /usr/sbin/dropbear -F -E -r \"$2\" -p \"$3\"";
        return List.of(
                "unshare",
                "--mount",
                "--propagation=private",
                "sh",
                "-c",
                script,
                "sh",
                home.toString(),
                hostKeyFile.toString(),
                "127.0.0.1:" + port);
    }

    private byte[] dropbearForm() {
        var type = "ssh-ed25519".getBytes(UTF_8);
        var both = hostKey.secretAndPublic();
        return ByteBuffer.allocate(4 + type.length + 4 + both.length)
                .putInt(type.length)
                .put(type)
                .putInt(both.length)
                .put(both)
                .array();
    }

    private Path secret(String name, byte[] content) throws IOException {
        var file = folder.resolve(name);
        Files.write(file, content);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        return file;
    }

    private static Command command(String... words) {
        return new Command(
                List.of(words), Map.of(), Optional.empty(), Optional.empty(), Optional.empty());
    }

    private static String output(Session session) throws IOException {
        return new String(session.stdout().readAllBytes(), UTF_8);
    }

    @ParameterizedTest
    @EnumSource
    void runsCommandsOnOneConnection(Server server) throws Exception {
        var shell = shell(server);
        var guest = guest();

        shell.awaitCommand(guest, LIMIT);

        try (var session = shell.exec(guest, command("sh", "-c", "cat; echo err >&2; exit 9"))) {
            session.stdin().write("to and fro".getBytes(UTF_8));
            session.stdin().close();
            assertThat(output(session)).isEqualTo("to and fro");
            assertThat(new String(session.stderr().readAllBytes(), UTF_8)).isEqualTo("err\n");
            assertThat(session.await()).hasValue(9);
        }
        try (var session = shell.exec(guest, command("sh", "-c", "kill -TERM $$"))) {
            assertThat(session.await()).hasValue(128 + 15);
        }
    }

    @ParameterizedTest
    @EnumSource
    void hasATerminalWithASize(Server server) throws Exception {
        var command =
                new Command(
                        List.of("sh", "-c", "echo $TERM; stty size; read go; stty size"),
                        Map.of(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of(new Terminal("xterm-256color", 100, 30)));
        try (var session = shell(server).exec(guest(), command)) {
            var first = new String(session.stdout().readNBytes(23), UTF_8);
            assertThat(first).isEqualTo("xterm-256color\r\n30 100\r");

            session.resize(80, 24);
            session.stdin().write("go\n".getBytes(UTF_8));
            session.stdin().flush();

            assertThat(output(session)).endsWith("24 80\r\n");
            assertThat(session.await()).hasValue(0);
        }
    }

    @ParameterizedTest
    @EnumSource
    void becomesAnotherUser(Server server) throws Exception {
        var command =
                new Command(
                        List.of("sh", "-c", "id -un; id -gn; echo $HOME $WHAT; pwd"),
                        Map.of("WHAT", "it's"),
                        Optional.of("/var"),
                        Optional.of("nobody"),
                        Optional.empty());
        try (var session = shell(server).exec(guest(), command)) {
            assertThat(output(session)).isEqualTo("nobody\nnogroup\n/nonexistent it's\n/var\n");
            assertThat(session.await()).hasValue(0);
        }
    }

    @ParameterizedTest
    @EnumSource
    void bringsMuchThroughBothWays(Server server) throws Exception {
        var size = 20 << 20;
        try (var session = shell(server).exec(guest(), command("cat"))) {
            var writer =
                    Thread.ofVirtual()
                            .start(() -> {
                                try (var stdin = session.stdin()) {
                                    for (var i = 0; i < size / 8192; i++) {
                                        stdin.write(new byte[8192]);
                                    }
                                } catch (IOException e) {
                                    throw new IllegalStateException(e);
                                }
                            });
            var back = session.stdout().transferTo(OutputStream.nullOutputStream());
            writer.join();

            assertThat(back).isEqualTo(size);
            assertThat(session.await()).hasValue(0);
        }
    }

    @ParameterizedTest
    @EnumSource
    void runsMoreCommandsAtOnceThanOneConnectionTakes(Server server) throws Exception {
        var shell = shell(server);
        var guest = guest();
        var sessions = new ArrayList<Session>();
        for (var i = 0; i < 14; i++) {
            sessions.add(shell.exec(guest, command("cat")));
        }
        for (var each : sessions) {
            each.stdin().write('x');
            each.stdin().close();
            assertThat(output(each)).isEqualTo("x");
            each.close();
        }
    }

    @ParameterizedTest
    @EnumSource
    void endsWhenTheGuestRefusesTheCommand(Server server) throws Exception {
        // Dropbear takes lines of up to 9,000 bytes, OpenSSH longer ones.
        try (var session = shell(server).exec(guest(), command("true", "x".repeat(20_000)))) {
            var code = session.await();
            switch (server) {
                case OPENSSH -> assertThat(code).hasValue(0);
                case DROPBEAR -> assertThat(code).isEmpty();
            }
        }
    }
}

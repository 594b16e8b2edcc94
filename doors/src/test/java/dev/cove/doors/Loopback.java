package dev.cove.doors;

import static java.util.Objects.requireNonNull;

import dev.cove.core.HostKey;
import dev.cove.core.Ipv4;
import dev.cove.core.SshKey;
import dev.cove.core.VmId;
import dev.cove.core.port.GuestShell.Guest;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.keyprovider.KeyPairProvider;
import org.apache.sshd.common.signature.BuiltinSignatures;
import org.apache.sshd.server.Environment;
import org.apache.sshd.server.ExitCallback;
import org.apache.sshd.server.SshServer;
import org.apache.sshd.server.channel.ChannelSession;
import org.apache.sshd.server.command.Command;
import org.jspecify.annotations.Nullable;

/// A guest as far as SSH goes: MINA's server on the loopback, whose commands are run by `/bin/sh`.
final class Loopback implements AutoCloseable {
    static final Random RANDOM = new Random(20251121);

    final HostKey hostKey = HostKey.random(new SecureRandom());
    final SshServer server;

    Loopback(DaemonKey authorized, int port) {
        JdkEd25519.install();
        server = SshServer.setUpDefaultServer();
        server.setHost("127.0.0.1");
        server.setPort(port);
        server.setSignatureFactories(List.of(BuiltinSignatures.ed25519));
        server.setKeyPairProvider(KeyPairProvider.wrap(pair(hostKey)));
        server.setPublickeyAuthenticator(
                (user, key, session) -> key.equals(authorized.pair().getPublic()));
        server.setCommandFactory((channel, line) -> new ShellCommand(line));
        server.setShellFactory(channel -> new ShellCommand("exec /bin/sh"));
    }

    void open() {
        try {
            server.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    int port() {
        return server.getPort();
    }

    Guest guest() {
        return guest(VmId.random(RANDOM), hostKey.publicKey());
    }

    static Guest guest(VmId id, SshKey hostKey) {
        return new Guest(id, Ipv4.parse("127.0.0.1"), "root", hostKey);
    }

    static DaemonKey key(Path folder) {
        return DaemonKey.in(folder.resolve("ssh_key"), new SecureRandom());
    }

    private static KeyPair pair(HostKey key) {
        try {
            var both = key.secretAndPublic();
            return new KeyPair(
                    JdkEd25519.publicKey(Arrays.copyOfRange(both, 32, 64)),
                    JdkEd25519.privateKey(Arrays.copyOf(both, 32)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        server.close(true);
    }

    /// Runs a line as `sshd` does: by a shell, in a process of its own.
    private static final class ShellCommand implements Command {
        private final String line;
        private InputStream in = InputStream.nullInputStream();
        private OutputStream out = OutputStream.nullOutputStream();
        private OutputStream err = OutputStream.nullOutputStream();
        private ExitCallback exit = (code, message, closeImmediately) -> {};
        private @Nullable Process process;

        ShellCommand(String line) {
            this.line = line;
        }

        @Override
        public void start(ChannelSession channel, Environment environment) throws IOException {
            var builder = new ProcessBuilder("/bin/sh", "-c", line);
            builder.environment().putAll(environment.getEnv());
            var started = builder.start();
            process = started;
            var stdout = pump(started.getInputStream(), out);
            var stderr = pump(started.getErrorStream(), err);
            pump(in, started.getOutputStream());
            Thread.ofVirtual().start(() -> finish(channel, started, stdout, stderr));
        }

        private void finish(ChannelSession channel, Process started, Thread stdout, Thread stderr) {
            try {
                var code = started.waitFor();
                stdout.join();
                stderr.join();
                if (code > 128 && line.contains("kill -")) {
                    signal(channel, code - 128);
                    channel.close(false);
                } else {
                    exit.onExit(code);
                }
            } catch (InterruptedException | IOException e) {
                throw new IllegalStateException(e);
            }
        }

        private static void signal(ChannelSession channel, int number) throws IOException {
            var packet =
                    channel.getSession().createBuffer(SshConstants.SSH_MSG_CHANNEL_REQUEST, 64);
            packet.putUInt(channel.getRecipient());
            packet.putString("exit-signal");
            packet.putBoolean(false);
            packet.putString(number == 9 ? "KILL" : "TERM");
            packet.putBoolean(false);
            packet.putString("");
            packet.putString("");
            channel.getSession().writePacket(packet);
        }

        private static Thread pump(InputStream from, OutputStream to) {
            return Thread.ofVirtual()
                    .start(() -> {
                        try (to) {
                            var some = new byte[8192];
                            for (var n = from.read(some); n >= 0; n = from.read(some)) {
                                to.write(some, 0, n);
                                to.flush();
                            }
                        } catch (IOException e) {
                            // The other end has gone, as some tests want it.
                            return;
                        }
                    });
        }

        @Override
        public void destroy(ChannelSession channel) throws InterruptedException {
            requireNonNull(process).destroyForcibly().waitFor(10, TimeUnit.SECONDS);
        }

        @Override
        public void setInputStream(InputStream in) {
            this.in = in;
        }

        @Override
        public void setOutputStream(OutputStream out) {
            this.out = out;
        }

        @Override
        public void setErrorStream(OutputStream err) {
            this.err = err;
        }

        @Override
        public void setExitCallback(ExitCallback exit) {
            this.exit = exit;
        }
    }
}

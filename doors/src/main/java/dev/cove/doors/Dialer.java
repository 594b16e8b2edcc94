package dev.cove.doors;

import dev.cove.core.port.GuestShell.Guest;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.security.PublicKey;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.apache.sshd.client.ClientBuilder;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.auth.pubkey.UserAuthPublicKeyFactory;
import org.apache.sshd.client.config.hosts.HostConfigEntryResolver;
import org.apache.sshd.client.future.ConnectFuture;
import org.apache.sshd.client.session.ClientConnectionServiceFactory;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.AttributeRepository;
import org.apache.sshd.common.AttributeRepository.AttributeKey;
import org.apache.sshd.common.channel.throttle.DefaultChannelStreamWriter;
import org.apache.sshd.common.cipher.BuiltinCiphers;
import org.apache.sshd.common.compression.BuiltinCompressions;
import org.apache.sshd.common.global.KeepAliveHandler;
import org.apache.sshd.common.io.IoWriteFuture;
import org.apache.sshd.common.kex.BuiltinDHFactories;
import org.apache.sshd.common.keyprovider.KeyIdentityProvider;
import org.apache.sshd.common.mac.BuiltinMacs;
import org.apache.sshd.common.signature.BuiltinSignatures;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.common.util.buffer.ByteArrayBuffer;
import org.apache.sshd.core.CoreModuleProperties;

/// Makes single attempts at a connection, with the algorithms that an emulated guest is quickest
/// at.
final class Dialer implements AutoCloseable {
    private static final AttributeKey<HostKeyCheck> CHECK = new AttributeKey<>();
    private static final long WINDOW = 256 * 1024;
    private static final long LARGEST_PACKET = 256 * 1024;
    private static final Duration FOREVER = Duration.ofDays(365);
    private static final Duration CLOSE_WITHIN = Duration.ofSeconds(2);

    private final SshClient client;
    private final int port;

    Dialer(DaemonKey key, int port) {
        this.port = port;
        client = client(key);
        bounds(client);
        client.start();
    }

    private static SshClient client(DaemonKey key) {
        JdkEd25519.install();
        var client =
                ClientBuilder.builder()
                        .keyExchangeFactories(
                                List.of(
                                        ClientBuilder.DH2KEX.apply(BuiltinDHFactories.curve25519),
                                        ClientBuilder.DH2KEX.apply(
                                                BuiltinDHFactories.curve25519_libssh),
                                        ClientBuilder.DH2KEX.apply(BuiltinDHFactories.ecdhp256)))
                        .cipherFactories(
                                List.of(
                                        BuiltinCiphers.cc20p1305_openssh,
                                        BuiltinCiphers.aes128gcm,
                                        BuiltinCiphers.aes128ctr))
                        .macFactories(List.of(BuiltinMacs.hmacsha256etm, BuiltinMacs.hmacsha256))
                        .compressionFactories(List.of(BuiltinCompressions.none))
                        .signatureFactories(List.of(BuiltinSignatures.ed25519))
                        // A guest opens nothing towards us.
                        .channelFactories(List.of())
                        .globalRequestHandlers(List.of(KeepAliveHandler.INSTANCE))
                        .hostConfigEntryResolver(HostConfigEntryResolver.EMPTY)
                        .serverKeyVerifier(
                                (session, address, shown) -> check(session).accepts(shown))
                        .build();
        client.setIoServiceFactoryFactory(new Transport());
        client.setKeyIdentityProvider(KeyIdentityProvider.EMPTY_KEYS_PROVIDER);
        client.setUserAuthFactories(List.of(UserAuthPublicKeyFactory.INSTANCE));
        client.setServiceFactories(
                List.of(new SignedLogin.Factory(key), ClientConnectionServiceFactory.INSTANCE));
        client.setChannelStreamWriterResolver((channel, command) ->
                new DefaultChannelStreamWriter(channel) {
                    @Override
                    public IoWriteFuture writeData(Buffer data) throws IOException {
                        return awaited(super.writeData(data));
                    }
                });
        return client;
    }

    private static void bounds(SshClient client) {
        CoreModuleProperties.WINDOW_SIZE.set(client, WINDOW);
        CoreModuleProperties.LIMIT_PACKET_SIZE.set(client, LARGEST_PACKET);
        CoreModuleProperties.WAIT_FOR_SPACE_TIMEOUT.set(client, FOREVER);
        CoreModuleProperties.IDLE_TIMEOUT.set(client, Duration.ZERO);
        CoreModuleProperties.NIO2_READ_TIMEOUT.set(client, Duration.ZERO);
        CoreModuleProperties.AUTH_TIMEOUT.set(client, FOREVER); // `Line` has its own
        CoreModuleProperties.TCP_NODELAY.set(client, true);
        CoreModuleProperties.REQUEST_EXEC_REPLY.set(client, true);
        CoreModuleProperties.REQUEST_SHELL_REPLY.set(client, true);
        CoreModuleProperties.CHANNEL_CLOSE_TIMEOUT.set(client, CLOSE_WITHIN);
        CoreModuleProperties.DISCONNECT_TIMEOUT.set(client, CLOSE_WITHIN);
        CoreModuleProperties.HEARTBEAT_REQUEST.set(client, "keepalive@openssh.com");
        CoreModuleProperties.HEARTBEAT_INTERVAL.set(client, Duration.ofSeconds(20));
        CoreModuleProperties.HEARTBEAT_NO_REPLY_MAX.set(client, 3);
    }

    /// Waits until a packet has left, so that a guest that does not read holds up its writer
    /// instead of filling the daemon's memory.
    private static IoWriteFuture awaited(IoWriteFuture write) throws IOException {
        try {
            Waiting.forGood(write);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while writing to the guest");
        }
        var failure = write.getException();
        if (failure != null) {
            throw Waiting.asIo("cannot write to the guest", failure);
        }
        return write;
    }

    /// Opens a TCP connection, on which the handshake then begins by itself.
    ///
    /// @param check what the guest has to show
    /// @throws IOException when nobody answered within the limit, or the port is closed
    ///   (`java.net.ConnectException`)
    ClientSession connect(Guest guest, HostKeyCheck check, Duration limit)
            throws IOException, InterruptedException {
        var address = new InetSocketAddress(guest.address().toString(), port);
        var context = AttributeRepository.ofKeyValuePair(CHECK, check);
        ConnectFuture dialled = client.connect(guest.user(), (SocketAddress) address, context);
        var answered = false;
        try {
            answered = Waiting.on(dialled, limit);
        } finally {
            if (!answered) {
                giveUp(dialled);
            }
        }
        if (!answered) {
            throw new IOException(guest.address() + " does not answer");
        }
        var failure = dialled.getException();
        if (failure != null) {
            throw Waiting.asIo("cannot connect to " + guest.address(), failure);
        }
        return dialled.getSession();
    }

    private static void giveUp(ConnectFuture dialled) {
        dialled.cancel();
        // It may have come to be in this very moment.
        dialled.addListener(late -> {
            if (late.isConnected()) {
                late.getSession().close(true);
            }
        });
    }

    private static HostKeyCheck check(ClientSession session) {
        var context = session.getConnectionContext();
        var check = context == null ? null : context.getAttribute(CHECK);
        if (check == null) {
            throw new IllegalStateException("a connection without a host key to expect");
        }
        return check;
    }

    /// Ends all connections.
    @Override
    public void close() {
        client.close(true);
    }

    /// Compares what a guest shows with what it has to show; nothing is ever learnt.
    static final class HostKeyCheck {
        private final byte[] expected;
        private volatile boolean refused;

        HostKeyCheck(Guest guest) {
            expected = Base64.getDecoder().decode(guest.hostKey().base64());
        }

        boolean accepts(PublicKey shown) {
            var blob = new ByteArrayBuffer();
            blob.putRawPublicKey(shown);
            refused = !Arrays.equals(blob.getCompactData(), expected);
            return !refused;
        }

        /// Whether the guest has shown another key.
        boolean refused() {
            return refused;
        }
    }
}

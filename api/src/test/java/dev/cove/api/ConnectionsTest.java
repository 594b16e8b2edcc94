package dev.cove.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Many connections, of clients that say nothing.
@Timeout(120)
class ConnectionsTest {
    private static final int MOST = 2048;
    private static final int BRIEF_MILLIS = 700;

    @TempDir Path folder;
    private Bench bench;
    private final List<SocketChannel> idle = new ArrayList<>();

    @BeforeEach
    void start() {
        bench = new Bench(folder);
    }

    @AfterEach
    void stop() throws IOException {
        hangUp();
        bench.close();
    }

    @Test
    void strangersOnTcpDoNotLockOutTheUnixSocket() throws Exception {
        fill(tcp());

        assertThat(answers(tcp())).as("one more on TCP").isFalse();
        assertThat(answers(unix())).isTrue();

        hangUp();
        await().until(() -> answers(tcp()));
    }

    @Test
    void usersOfTheMachineDoNotLockOutTcp() throws Exception {
        fill(unix());

        assertThat(answers(unix())).as("one more on the unix socket").isFalse();
        assertThat(answers(tcp())).isTrue();
    }

    private SocketAddress tcp() {
        return new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), bench.port());
    }

    private SocketAddress unix() {
        return UnixDomainSocketAddress.of(bench.socket);
    }

    private void fill(SocketAddress address) throws IOException {
        while (idle.size() < MOST) {
            idle.add(SocketChannel.open(address));
        }
        // The last one is served, so that all before have been accepted.
        assertThat(answers(idle.getLast())).isTrue();
    }

    private void hangUp() throws IOException {
        for (var channel : idle) {
            channel.close();
        }
        idle.clear();
    }

    private static boolean answers(SocketAddress address) throws IOException {
        try (var channel = SocketChannel.open(address)) {
            return answers(channel);
        }
    }

    private static boolean answers(SocketChannel channel) throws IOException {
        var request = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
        channel.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.US_ASCII)));
        var answer = ByteBuffer.allocate(4096);
        return CompletableFuture.supplyAsync(() -> read(channel, answer))
                .completeOnTimeout(0, BRIEF_MILLIS, TimeUnit.MILLISECONDS)
                .thenApply(length -> length > 0)
                .join();
    }

    private static int read(SocketChannel channel, ByteBuffer into) {
        try {
            return channel.read(into);
        } catch (IOException e) {
            return -1;
        }
    }
}

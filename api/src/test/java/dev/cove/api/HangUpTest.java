package dev.cove.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cove.core.Vm;
import dev.cove.testkit.FakeImages;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Clients that go away while the server has nothing to tell them. Each of them is one stream, and
/// an owner has only so many.
@Timeout(120)
class HangUpTest {
    @TempDir static Path folder;
    private static Bench bench;
    private static Vm vm;
    private final List<SocketChannel> open = new ArrayList<>();

    /// Where clients come from.
    enum Door {
        UNIX,
        TCP;

        SocketAddress address() {
            return switch (this) {
                case UNIX -> UnixDomainSocketAddress.of(bench.socket);
                case TCP -> new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), bench.port());
            };
        }
    }

    @BeforeAll
    static void start() throws Exception {
        // No heartbeat within the time of a test, so that only the hanging up can be noticed.
        bench =
                new Bench(
                        folder,
                        UnaryOperator.identity(),
                        UnaryOperator.identity(),
                        new FakeImages(),
                        Duration.ofMinutes(5));
        vm = bench.running("quiet", Bench.ROOT);
        var log = Files.createDirectories(folder.resolve("vms").resolve(vm.id().text()));
        Files.writeString(log.resolve("console.log"), "a line\n");
    }

    @AfterAll
    static void stop() {
        bench.close();
    }

    @AfterEach
    void hangUp() throws IOException {
        for (var channel : open) {
            channel.close();
        }
        open.clear();
    }

    @ParameterizedTest
    @EnumSource(Door.class)
    void noticesThatFollowersOfAQuietLogHaveGone(Door door) throws Exception {
        fillUp(door, "/v1/vms/quiet/log?follow=true");
    }

    @ParameterizedTest
    @EnumSource(Door.class)
    void noticesThatListenersToNoEventsHaveGone(Door door) throws Exception {
        fillUp(door, "/v1/events");
    }

    @ParameterizedTest
    @EnumSource(Door.class)
    void endsTheTarOfAClientThatHasGone(Door door) throws Exception {
        var before = bench.shell.processes.size();
        bench.shell.hanging = true;
        try {
            ask(door, "/v1/vms/quiet/files?path=/etc");
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> bench.shell.processes.size() > before);
        } finally {
            bench.shell.hanging = false;
        }
        var tar = bench.shell.processes.getLast();
        assertThat(tar.isAlive()).isTrue();

        hangUp();

        await().atMost(Duration.ofSeconds(10)).until(() -> !tar.isAlive());
    }

    @Test
    void goesOnWithAFollowerWhoSendsMoreThanItShould() throws Exception {
        var channel = ask(Door.TCP, "/v1/vms/quiet/log?follow=true");
        channel.write(
                ByteBuffer.wrap(
                        "GET /healthz HTTP/1.1\r\n"
                                .repeat(200)
                                .getBytes(StandardCharsets.US_ASCII)));
        var log = folder.resolve("vms").resolve(vm.id().text()).resolve("console.log");

        Files.writeString(log, "another line\n", java.nio.file.StandardOpenOption.APPEND);

        assertThat(readUntil(channel, "another line")).contains("Connection: close");
    }

    /// Takes every stream that an owner may have, hangs up, and takes one more.
    private void fillUp(Door door, String path) throws Exception {
        var status = 200;
        while (status == 200 && open.size() < 300) {
            status = Raw.status(readUntil(ask(door, path), "\r\n"));
        }
        assertThat(status).isEqualTo(429);

        hangUp();

        await().atMost(Duration.ofSeconds(15)).until(() -> status(door, path) == 200);
    }

    private int status(Door door, String path) throws IOException {
        try (var channel = ask(door, path)) {
            return Raw.status(readUntil(channel, "\r\n"));
        }
    }

    private SocketChannel ask(Door door, String path) {
        try {
            var channel = SocketChannel.open(door.address());
            open.add(channel);
            var request =
                    Raw.request(
                                    "GET " + path,
                                    "Host: localhost",
                                    "Authorization: Bearer " + bench.root)
                            .replace("Connection: close\r\n", "");
            channel.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.US_ASCII)));
            return channel;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static String readUntil(SocketChannel channel, String end) throws IOException {
        var read = new StringBuilder();
        var buffer = ByteBuffer.allocate(4096);
        while (read.indexOf(end) < 0 && channel.read(buffer) >= 0) {
            read.append(StandardCharsets.ISO_8859_1.decode(buffer.flip()));
            buffer.clear();
        }
        return read.toString();
    }
}

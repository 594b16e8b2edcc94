package dev.cove.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cove.core.CoveException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(20)
class HttpTest {
    private static final String VM =
            "{\"id\":\"vm-abcd2345\",\"name\":\"web\",\"state\":\"running\"}";

    private static final String EVENT =
            """
            HTTP/1.1 200 OK\r

            : hello

            id: 7\r
            event: vm.state
            data: {"subject":
            data: "vm-abcd2345"}

            """;

    @TempDir Path folder;

    private static CoveClient client(FakeDaemon daemon) {
        return new CoveClient(daemon.endpoint, Optional.empty());
    }

    @Test
    void readsAnAnswerOfKnownLengthOverAUnixSocket() throws Exception {
        try (var daemon =
                FakeDaemon.onUnixSocket(
                        folder,
                        (head, in, out) ->
                                out.write(
                                        FakeDaemon.ok("[" + VM + "]")
                                                .getBytes(StandardCharsets.UTF_8)))) {
            assertThat(client(daemon).vms(Map.of()))
                    .singleElement()
                    .satisfies(vm -> assertThat(vm.name()).isEqualTo("web"));
            assertThat(daemon.requests.take())
                    .startsWith("GET /v1/vms HTTP/1.1\r\nHost: localhost\r\n")
                    .doesNotContain("Authorization");
        }
    }

    @Test
    void readsChunksWithExtensionsAndTrailers() throws Exception {
        var half = VM.length() / 2;
        var chunks =
                Integer.toHexString(half)
                        + ";x=y\r\n"
                        + VM.substring(0, half)
                        + "\r\n"
                        + Integer.toHexString(VM.length() - half)
                        + "\r\n"
                        + VM.substring(half)
                        + "\r\n0\r\nTrailer: x\r\n\r\n";
        try (var daemon =
                FakeDaemon.saying(
                        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"
                                + "Transfer-Encoding: chunked\r\n\r\n"
                                + chunks)) {
            assertThat(client(daemon).vm("web").id()).isEqualTo("vm-abcd2345");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "SSH-2.0-OpenSSH\r\n",
                "HTTP/1.1 abc\r\n\r\n",
                "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
                "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n{}",
                "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{}",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n{}",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n{}",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-2\r\n{}",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}}\r\n0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
                "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
            })
    void saysThatAMalformedAnswerIsNone(String bytes) throws Exception {
        try (var daemon = FakeDaemon.saying(bytes)) {
            assertThatThrownBy(() -> client(daemon).vm("web")).isInstanceOf(CoveException.class);
        }
    }

    @Test
    void refusesAHeadWithoutEnd() throws Exception {
        try (var daemon =
                FakeDaemon.onTcp((head, in, out) -> {
                    out.write("HTTP/1.1 200 OK\r\n".getBytes(StandardCharsets.US_ASCII));
                    var line = ("X: " + "y".repeat(1000) + "\r\n");
                    for (var i = 0; i < 100; i++) {
                        out.write(line.getBytes(StandardCharsets.US_ASCII));
                    }
                    in.read();
                })) {
            assertThatThrownBy(() -> client(daemon).vm("web"))
                    .hasMessageContaining("head is larger");
        }
    }

    @Test
    void passesOnWhatTheDaemonRefuses() throws Exception {
        var problem = "{\"title\":\"Not found\",\"status\":404,\"detail\":\"no VM \\\"wbe\\\"\"}";
        try (var daemon =
                FakeDaemon.saying(
                        "HTTP/1.1 404 Not Found\r\nContent-Length: "
                                + problem.length()
                                + "\r\n\r\n"
                                + problem)) {
            assertThatThrownBy(() -> client(daemon).vm("wbe"))
                    .hasMessage("no VM \"wbe\"")
                    .extracting(e -> ((CoveException) e).kind())
                    .isEqualTo(CoveException.Kind.NOT_FOUND);
        }
    }

    @Test
    void hearsARefusalThatComesBeforeTheWholeBodyWasSent() throws Exception {
        try (var daemon =
                FakeDaemon.onTcp((head, in, out) -> {
                    in.readNBytes(10);
                    out.write(
                            ("HTTP/1.1 409 Conflict\r\nContent-Length: 21\r\n\r\n"
                                            + "{\"detail\":\"name taken\"}")
                                    .substring(0, 45 + 21)
                                    .getBytes(StandardCharsets.US_ASCII));
                    // Let the client run into the closed connection only after it can read.
                    in.readNBytes(1 << 16);
                })) {
            var block = new byte[1 << 16];
            assertThatThrownBy(() ->
                            client(daemon)
                                    .importImage(
                                            "mine",
                                            Optional.empty(),
                                            -1,
                                            out -> {
                                                for (var i = 0; i < 1000; i++) {
                                                    out.write(block);
                                                }
                                            }))
                    .isInstanceOf(CoveException.class);
        }
    }

    @Test
    void sendsBodiesOfUnknownLengthInChunks() throws Exception {
        var received = new java.util.concurrent.LinkedBlockingQueue<String>();
        try (var daemon =
                FakeDaemon.onTcp((head, in, out) -> {
                    received.add(
                            new String(
                                    in.readNBytes("5\r\nhello\r\n0\r\n\r\n".length()),
                                    StandardCharsets.US_ASCII));
                    out.write(
                            "HTTP/1.1 204 No Content\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                })) {
            client(daemon)
                    .upload(
                            "web",
                            "/a b/ü",
                            out -> out.write("hello".getBytes(StandardCharsets.US_ASCII)));

            assertThat(daemon.requests.take())
                    .startsWith("PUT /v1/vms/web/files?path=/a%20b/%C3%BC HTTP/1.1\r\n")
                    .contains("Transfer-Encoding: chunked");
            assertThat(received.take()).isEqualTo("5\r\nhello\r\n0\r\n\r\n");
        }
    }

    @Test
    void letsNoNameEscapeItsPlaceInThePath() throws Exception {
        try (var daemon = FakeDaemon.saying(FakeDaemon.ok(VM))) {
            client(daemon).vm("../tokens?x=1 HTTP/1.1\r\nX: y");

            assertThat(daemon.requests.take())
                    .startsWith(
                            "GET /v1/vms/..%2Ftokens%3Fx%3D1%20HTTP%2F1.1%0D%0AX%3A%20y HTTP/1.1\r\n");
        }
    }

    @Test
    void showsTheTokenThatTheEnvironmentNames() throws Exception {
        try (var daemon = FakeDaemon.saying(FakeDaemon.ok("[]"))) {
            var host = daemon.endpoint.toString();
            CoveClient.of(Map.of("COVE_HOST", host, "COVE_TOKEN", "s3cret"), folder)
                    .vms(Map.of("a", "b"));

            assertThat(daemon.requests.take())
                    .startsWith("GET /v1/vms?label=a%3Db HTTP/1.1\r\n")
                    .contains("Authorization: Bearer s3cret\r\n");
        }
    }

    @Test
    void saysHowToStartADaemonThatIsNotThere() {
        var nobody = new CoveClient(new Endpoint.Unix(folder.resolve("x.sock")), Optional.empty());

        assertThatThrownBy(() -> nobody.vm("web")).hasMessageContaining("sudo cove daemon");
    }

    @Test
    void givesUpOnADaemonThatSaysNothing() throws Exception {
        var path = folder.resolve("mute.sock");
        try (var server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(path));
            var http = new Http(new Endpoint.Unix(path), Optional.empty());
            var request = Request.of("GET", "/v1/vms").within(Duration.ofMillis(50));

            assertThatThrownBy(() -> http.send(request))
                    .isInstanceOf(CoveException.class)
                    .hasMessageContaining("did not answer");
        }
    }

    @Test
    void readsEventsAndEndsWhenClosed() throws Exception {
        var done = new CountDownLatch(1);
        try (var daemon =
                        FakeDaemon.onTcp((head, in, out) -> {
                            out.write(EVENT.getBytes(StandardCharsets.US_ASCII));
                            in.read();
                            done.countDown();
                        });
                var events = client(daemon).events(Optional.of("6"))) {
            var event = events.next().orElseThrow();

            assertThat(event.id()).isEqualTo("7");
            assertThat(event.type()).isEqualTo("vm.state");
            assertThat(event.data().at("subject").text()).contains("vm-abcd2345");
            Thread.ofVirtual().start(events::close);
            assertThat(events.next()).isEmpty();
            done.await();
            assertThat(daemon.requests.take()).startsWith("GET /v1/events?after=6 ");
        }
    }

    @Test
    void readsNoTokenFileThatOthersMayRead() throws IOException {
        var file = folder.resolve("token");
        java.nio.file.Files.writeString(file, "secret\n");
        for (var mode : List.of("rw-r-----", "rw----r--", "rw--w----")) {
            java.nio.file.Files.setPosixFilePermissions(
                    file, java.nio.file.attribute.PosixFilePermissions.fromString(mode));
            assertThatThrownBy(() -> Token.read(file)).hasMessageContaining("chmod 600");
        }
        java.nio.file.Files.setPosixFilePermissions(
                file, java.nio.file.attribute.PosixFilePermissions.fromString("rw-------"));

        assertThat(Token.read(file).orElseThrow().secret()).isEqualTo("secret");
        assertThat(Token.read(file).orElseThrow()).hasToString("Token[…]");
    }
}

package dev.cove.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cove.core.CoveException;
import dev.cove.testkit.FakeImages;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ListenTest {
    @TempDir Path folder;

    @Test
    void readsAddresses() {
        assertThat(Listen.Tcp.parse("127.0.0.1:7777", Optional.empty()))
                .isEqualTo(new Listen.Tcp("127.0.0.1", 7777, Optional.empty()));
        assertThat(Listen.Tcp.parse("[::1]:80", Optional.empty()).host()).isEqualTo("::1");
        assertThat(Listen.Tcp.parse(":80", Optional.empty()).host()).isEqualTo("0.0.0.0");
        for (var faulty : List.of("7777", "localhost", "a:b", "::1:80", "x:99999")) {
            assertThatThrownBy(() -> Listen.Tcp.parse(faulty, Optional.empty()))
                    .isInstanceOf(CoveException.class);
        }
    }

    @Test
    void refusesASocketPathThatIsTooLong() {
        assertThatThrownBy(() -> new Listen.Unix(Path.of("/" + "a".repeat(120)), Optional.empty()))
                .isInstanceOf(CoveException.class)
                .hasMessageContaining("is the most");
    }

    @Test
    void saysThatThePortIsTaken() throws Exception {
        try (var taken = new ServerSocket(0)) {
            assertThatThrownBy(() -> bench(l -> tcp(l, taken.getLocalPort(), Optional.empty())))
                    .isInstanceOf(CoveException.class)
                    .hasMessageContaining("cannot listen on 127.0.0.1:" + taken.getLocalPort())
                    .hasMessageContaining("--listen");
        }
        assertThat(folder.resolve("cove.sock")).doesNotExist();
    }

    @Test
    void saysThatThereIsNoSuchGroup() {
        assertThatThrownBy(() ->
                        bench(l ->
                                new Listen(
                                        Optional.of(
                                                new Listen.Unix(
                                                        folder.resolve("cove.sock"),
                                                        Optional.of("no-such-group"))),
                                        l.tcp(),
                                        l.names())))
                .isInstanceOf(CoveException.class)
                .hasMessageContaining("groupadd --system no-such-group");
    }

    @Test
    void givesItsSocketTheModeThatItIsToldTo() throws Exception {
        var mode = java.nio.file.attribute.PosixFilePermissions.fromString("rw-------");
        var path = folder.resolve("cove.sock");
        try (var bench =
                bench(l ->
                        new Listen(
                                Optional.of(new Listen.Unix(path, Optional.empty(), mode)),
                                l.tcp(),
                                l.names()))) {
            assertThat(Files.getPosixFilePermissions(bench.socket)).isEqualTo(mode);
        }
    }

    @Test
    void replacesASocketThatWasLeftBehind() throws Exception {
        var path = folder.resolve("cove.sock");
        try (var dead =
                java.nio.channels.ServerSocketChannel.open(java.net.StandardProtocolFamily.UNIX)) {
            dead.bind(java.net.UnixDomainSocketAddress.of(path));
        }

        try (var bench = bench(UnaryOperator.identity())) {
            var answer = Raw.unix(bench.socket, Raw.request("GET /healthz", "Host: localhost"));
            assertThat(Raw.status(answer)).isEqualTo(200);
        }
    }

    @Test
    void speaksTls() throws Exception {
        var files = Certificates.in(folder).write("localhost");
        try (var bench = bench(l -> tcp(l, 0, Optional.of(files)))) {
            try (var socket =
                    Certificates.trusting(files.certificate())
                            .getSocketFactory()
                            .createSocket("127.0.0.1", bench.port())) {
                socket.getOutputStream()
                        .write(
                                Raw.request("GET /healthz", "Host: localhost")
                                        .getBytes(java.nio.charset.StandardCharsets.US_ASCII));
                assertThat(socket.getInputStream().readAllBytes())
                        .asString()
                        .startsWith("HTTP/1.1 200");
            }
        }
    }

    @Test
    void saysWhichFileIsNoKey() throws Exception {
        var files = Certificates.in(folder).write("localhost");
        var faulty = new Listen.Tls(files.certificate(), files.certificate());

        assertThatThrownBy(() -> bench(l -> tcp(l, 0, Optional.of(faulty))))
                .isInstanceOf(CoveException.class)
                .hasMessageContaining("openssl pkcs8 -topk8");
    }

    @Test
    @Tag("root")
    void knowsAnotherUserByTheirName() throws Exception {
        Assumptions.assumeTrue(
                "root".equals(System.getProperty("user.name")), "needs root to become nobody");
        Assumptions.assumeTrue(
                Files.isExecutable(Path.of("/usr/bin/setpriv"))
                        && Files.isExecutable(Path.of("/usr/bin/curl")),
                "needs setpriv and curl");
        try (var bench = bench(UnaryOperator.identity())) {
            bench.running("roots", Bench.ROOT);
            Files.setPosixFilePermissions(
                    folder, java.nio.file.attribute.PosixFilePermissions.fromString("rwxr-xr-x"));
            var call =
                    new ProcessBuilder(
                                    "setpriv",
                                    "--reuid=65534",
                                    "--regid=0",
                                    "--clear-groups",
                                    "curl",
                                    "-s",
                                    "--unix-socket",
                                    bench.socket.toString(),
                                    "-d",
                                    "{\"name\":\"theirs\"}",
                                    "http://localhost/v1/vms")
                            .start();
            assertThat(call.waitFor(20, TimeUnit.SECONDS)).isTrue();

            assertThat(bench.vms.find(Bench.ROOT, "theirs").spec().owner()).hasToString("nobody");
        }
    }

    @Test
    void endsWaitingCallsWhenItCloses() throws Exception {
        var bench = bench(UnaryOperator.identity());
        var stopped = new java.util.concurrent.CountDownLatch(1);
        bench.world.trouble((act, done) -> {
            if (act.equals("Vmm.launch") && !done) {
                await(stopped);
            }
        });
        var answer =
                java.util.concurrent.CompletableFuture.supplyAsync(
                        () -> bench.http(bench.root).post("/v1/vms?wait=60s", "{\"name\":\"a\"}"));
        org.awaitility.Awaitility.await().until(() -> bench.vms.list(Bench.ROOT).size() == 1);

        var began = System.nanoTime();
        bench.server.close();
        stopped.countDown();
        bench.close();

        assertThat(answer.join().status()).isEqualTo(503);
        assertThat(answer.join().text("detail")).contains("the daemon is stopping");
        assertThat(System.nanoTime() - began).isLessThan(TimeUnit.SECONDS.toNanos(20));
    }

    private Bench bench(UnaryOperator<Listen> listening) {
        return new Bench(folder, listening, UnaryOperator.identity(), new FakeImages());
    }

    private static Listen tcp(Listen listen, int port, Optional<Listen.Tls> tls) {
        return new Listen(
                listen.unix(), Optional.of(new Listen.Tcp("127.0.0.1", port, tls)), listen.names());
    }

    private static void await(java.util.concurrent.CountDownLatch latch) {
        try {
            var _ = latch.await(30, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

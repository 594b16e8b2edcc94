package dev.cove.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cove.core.Snapshot;
import dev.cove.core.VmId;
import dev.cove.core.port.Machine;
import dev.cove.core.port.Snapshots;
import dev.cove.core.port.Vmm;
import dev.cove.testkit.FakeImages;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class TunnelTest {
    @TempDir Path folder;
    private ServerSocket guest;
    private Bench bench;

    @BeforeEach
    void start() throws Exception {
        guest = new ServerSocket(0, 10, InetAddress.ofLiteral("127.100.0.10"));
        bench = new Bench(folder, UnaryOperator.identity(), this::withConsole, new FakeImages());
        bench.running("web", Bench.ROOT);
    }

    @AfterEach
    void stop() throws Exception {
        bench.close();
        guest.close();
    }

    @Test
    void carriesBytesBothWaysAndEachEndApart() throws Exception {
        var client = new Client("/v1/vms/web/proxy/" + guest.getLocalPort());
        try (var far = guest.accept()) {
            client.socket.sendBinary(bytes("hello"), true).join();
            assertThat(far.getInputStream().readNBytes(5)).asString().isEqualTo("hello");

            client.socket.sendText("{\"eof\":true}", true).join();
            assertThat(far.getInputStream().read()).isEqualTo(-1);

            far.getOutputStream().write("still here".getBytes(StandardCharsets.UTF_8));
            far.shutdownOutput();
            assertThat(client.next()).isEqualTo("still here");
            assertThat(client.next()).isEqualTo("{\"eof\":true}");
            assertThat(client.next()).isEqualTo("closed 1000");
        }
    }

    @Test
    void closesTheConnectionWhenTheClientGoes() throws Exception {
        var client = new Client("/v1/vms/web/proxy/" + guest.getLocalPort());
        try (var far = guest.accept()) {
            client.socket.abort();

            assertThat(far.getInputStream().read()).isEqualTo(-1);
        }
    }

    @Test
    void saysThatNobodyListens() throws Exception {
        var port = guest.getLocalPort();
        guest.close();

        var client = new Client("/v1/vms/web/proxy/" + port);

        assertThat(client.next()).contains("UNAVAILABLE", "cannot connect to port " + port);
        assertThat(client.next()).isEqualTo("closed 1011");
    }

    @Test
    void connectsToPortsOnly() {
        assertThatThrownBy(() -> new Client("/v1/vms/web/proxy/0"))
                .isInstanceOf(CompletionException.class);
        assertThat(bench.http(bench.root).get("/v1/vms/web/proxy/22").status()).isEqualTo(426);
    }

    @Test
    void carriesTheConsole() throws Exception {
        var client = new Client("/v1/vms/web/console");
        try (var far = guest.accept()) {
            far.getOutputStream().write("login: ".getBytes(StandardCharsets.UTF_8));
            assertThat(client.next()).isEqualTo("login: ");

            client.socket.sendBinary(bytes("root\n"), true).join();
            assertThat(far.getInputStream().readNBytes(5)).asString().isEqualTo("root\n");
        }
    }

    @Test
    void refusesMessagesThatItDoesNotKnow() throws Exception {
        var client = new Client("/v1/vms/web/console");
        try (var _ = guest.accept()) {
            client.socket.sendText("{\"eol\":true}", true).join();

            assertThat(client.next()).contains("did you mean \\\"eof\\\"?");
            assertThat(client.next()).isEqualTo("closed 1008");
        }
    }

    private static ByteBuffer bytes(String text) {
        return StandardCharsets.UTF_8.encode(text);
    }

    /// The fake machines' console is a connection to the test's own server.
    private Vmm withConsole(Vmm fake) {
        return new Vmm() {
            @Override
            public String name() {
                return fake.name();
            }

            @Override
            public Capabilities capabilities() {
                return fake.capabilities();
            }

            @Override
            public Machine launch(Launch launch) {
                var machine = fake.launch(launch);
                return (Machine)
                        Proxy.newProxyInstance(
                                Machine.class.getClassLoader(),
                                new Class<?>[] {Machine.class},
                                (_, method, arguments) ->
                                        method.getName().equals("openConsole")
                                                ? console()
                                                : invoke(machine, method, arguments));
            }

            @Override
            public Machine resume(Launch launch, Snapshot.Moment moment, Snapshots.Files files)
                    throws InterruptedException {
                return fake.resume(launch, moment, files);
            }

            @Override
            public void forget(Snapshots.Files files) {
                fake.forget(files);
            }

            @Override
            public java.util.Optional<Machine> adopt(VmId id, Path vmFolder) {
                return fake.adopt(id, vmFolder);
            }

            @Override
            public java.util.Set<VmId> running() {
                return fake.running();
            }

            @Override
            public void sweep(VmId id) {
                fake.sweep(id);
            }

            @Override
            public java.util.List<dev.cove.core.Finding> examine() {
                return fake.examine();
            }
        };
    }

    private static @Nullable Object invoke(
            Machine machine, java.lang.reflect.Method method, Object @Nullable [] arguments)
            throws Throwable {
        try {
            return method.invoke(machine, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause() == null ? e : e.getCause();
        }
    }

    private SocketChannel console() throws IOException {
        return SocketChannel.open(
                new InetSocketAddress(guest.getInetAddress(), guest.getLocalPort()));
    }

    /// A client that notes what comes.
    private final class Client implements WebSocket.Listener {
        private final BlockingQueue<String> seen = new LinkedBlockingQueue<>();
        private final WebSocket socket;

        Client(String path) {
            socket =
                    HttpClient.newHttpClient()
                            .newWebSocketBuilder()
                            .header("Authorization", "Bearer " + bench.root)
                            .buildAsync(URI.create("ws://127.0.0.1:" + bench.port() + path), this)
                            .join();
        }

        String next() throws InterruptedException {
            return java.util.Objects.requireNonNull(seen.poll(10, TimeUnit.SECONDS));
        }

        @Override
        public @Nullable CompletionStage<?> onText(
                WebSocket from, CharSequence data, boolean last) {
            seen.add(data.toString());
            from.request(1);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onBinary(
                WebSocket from, ByteBuffer data, boolean last) {
            seen.add(StandardCharsets.UTF_8.decode(data).toString());
            from.request(1);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onClose(WebSocket from, int status, String reason) {
            seen.add("closed " + status);
            return null;
        }
    }
}

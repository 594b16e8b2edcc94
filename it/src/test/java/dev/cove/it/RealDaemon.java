package dev.cove.it;

import static org.awaitility.Awaitility.await;

import dev.cove.client.CoveClient;
import dev.cove.client.Endpoint;
import dev.cove.client.Token;
import dev.cove.core.Bytes;
import dev.cove.core.CoveException;
import dev.cove.images.Pool;
import dev.cove.platform.Closer;
import dev.cove.platform.Command;
import dev.cove.platform.LinuxProcess;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// The packaged daemon as its users start it, with a data folder, a port and a home of its own.
/// Whatever was made with it goes with it, however the test ended.
final class RealDaemon implements AutoCloseable {
    private static final Duration UP_WITHIN = Duration.ofSeconds(90);
    private static final Duration DOWN_WITHIN = Duration.ofSeconds(30);
    private static final Duration CALL = Duration.ofMinutes(5);

    private final Closer things;
    private final Path root;
    private final int port;
    private final List<String> flags;
    private Optional<Process> process = Optional.empty();

    private RealDaemon(Closer things, Path root, int port, List<String> flags) {
        this.things = things;
        this.root = root;
        this.port = port;
        this.flags = flags;
        things.onClose(this::stop);
    }

    /// Starts one that has these images already.
    static RealDaemon with(String... images) throws IOException, InterruptedException {
        return with(List.of(), images);
    }

    /// @param flags for `cove daemon`, besides its data folder and its port
    static RealDaemon with(List<String> flags, String... images)
            throws IOException, InterruptedException {
        Needs.realVms();
        var folders = new ArrayList<Path>();
        for (var image : images) {
            folders.add(BuiltImage.folder(image));
        }
        return start(flags, folders);
    }

    static RealDaemon start(List<String> flags, List<Path> images)
            throws IOException, InterruptedException {
        try (var things = new Closer()) {
            var root = Files.createTempDirectory("cv-it");
            things.onClose(() -> TestCache.delete(root));
            // Machines run as users of their own, who have to get through.
            Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwx--x--x"));
            Files.createDirectory(root.resolve("home"));
            var data = Files.createDirectory(root.resolve("data"));
            things.onClose(() -> Pool.unmount(data));
            var pool = Pool.open(data, Optional.of(Bytes.mebibytes(24 << 10)));
            Files.createDirectories(pool.images());
            for (var image : images) {
                TestCache.copy(image, pool.images());
            }
            things.onClose(Traces::clearNetwork);
            things.onClose(() -> Traces.killMachines(data));
            var daemon = new RealDaemon(things.handOver(), root, freePort(), flags);
            things.own(daemon);
            daemon.start();
            things.release();
            return daemon;
        }
    }

    /// Starts it again, on the same data, and waits until it answers.
    void start() throws IOException {
        var line = new ArrayList<>(List.of(Checkout.cove().toString(), "daemon"));
        line.addAll(
                List.of(
                        "--data",
                        data().toString(),
                        "--listen",
                        "127.0.0.1:" + port,
                        "--templates-make",
                        "manual"));
        line.addAll(flags);
        var started =
                new ProcessBuilder(line)
                        .redirectInput(Path.of("/dev/null").toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()))
                        .start();
        process = Optional.of(started);
        await().atMost(UP_WITHIN)
                .pollInterval(Duration.ofMillis(50))
                .until(() -> answers() || !started.isAlive());
        if (!started.isAlive()) {
            throw new IllegalStateException("the daemon did not start: " + Files.readString(log()));
        }
    }

    private boolean answers() {
        try {
            return client().version().at("version").text().isPresent();
        } catch (CoveException e) {
            return false; // not yet
        }
    }

    /// Ends it without a word.
    void kill() {
        var running = process.orElseThrow();
        running.destroyForcibly().onExit().join();
    }

    /// Tells it to stop, as a service manager does.
    void stop() throws InterruptedException {
        if (process.isPresent()) {
            process.get().destroy();
            if (!process.get().waitFor(DOWN_WITHIN.toMillis(), TimeUnit.MILLISECONDS)) {
                kill();
                throw new IllegalStateException("the daemon did not stop when it was told to");
            }
        }
    }

    long pid() {
        return process.orElseThrow().pid();
    }

    Path data() {
        return root.resolve("data");
    }

    /// The home of somebody who uses it.
    Path home() {
        return root.resolve("home");
    }

    Path log() {
        return root.resolve("daemon.log");
    }

    int port() {
        return port;
    }

    /// As root, through its socket.
    CoveClient client() {
        return new CoveClient(new Endpoint.Unix(data().resolve("cove.sock")), Optional.empty());
    }

    /// As whoever a token was made for, over TCP.
    CoveClient client(String secret) {
        return new CoveClient(
                new Endpoint.Tcp("127.0.0.1", port, false), Optional.of(new Token(secret)));
    }

    /// Runs `cove` as a user in that home does.
    Command.Result cove(String... words) throws InterruptedException {
        return coveReading("", words);
    }

    Command.Result coveReading(String input, String... words) throws InterruptedException {
        var line = new ArrayList<>(List.of(Checkout.cove().toString()));
        line.addAll(List.of(words));
        return Command.of(line)
                .with("HOME", home().toString())
                .with("XDG_CONFIG_HOME", home().resolve(".config").toString())
                .with("COVE_HOST", "unix://" + data().resolve("cove.sock"))
                .within(CALL)
                .reading(input)
                .run();
    }

    Guest guest(String vm) {
        return new Guest(client(), vm);
    }

    /// The process of a VM's machine.
    LinuxProcess machine(String vm) {
        var pid = client().vm(vm).source().at("process").at("pid").number(0);
        return LinuxProcess.of(pid)
                .orElseThrow(() -> new AssertionError(vm + " has no process " + pid));
    }

    /// A figure that it tells Prometheus.
    double metric(String name) throws IOException, InterruptedException {
        var secret = Files.readString(data().resolve("token")).strip();
        var request =
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/metrics"))
                        .header("Authorization", "Bearer " + secret)
                        .build();
        try (var http = HttpClient.newHttpClient()) {
            var text = http.send(request, HttpResponse.BodyHandlers.ofString()).body();
            return text.lines()
                    .filter(line -> line.startsWith(name + " "))
                    .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("no " + name + " in " + text));
        }
    }

    static int freePort() throws IOException {
        try (var socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    @Override
    public void close() {
        things.close();
    }
}

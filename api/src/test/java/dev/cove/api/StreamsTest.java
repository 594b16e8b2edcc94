package dev.cove.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.cove.client.CoveClient;
import dev.cove.client.Endpoint;
import dev.cove.client.ExecCommand;
import dev.cove.client.ExecSession;
import dev.cove.core.Caller;
import dev.cove.core.CoveException;
import dev.cove.core.Owner;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What flows: commands, files, logs, through Cove's own client over the unix socket.
@Timeout(60)
class StreamsTest {
    @TempDir static Path folder;
    private static Bench bench;
    private static CoveClient client;

    @BeforeAll
    static void start() throws Exception {
        bench = new Bench(folder);
        bench.running("web", Bench.ROOT);
        client = new CoveClient(new Endpoint.Unix(bench.socket), Optional.empty());
    }

    @AfterAll
    static void stop() {
        bench.close();
    }

    @Test
    void runsACommandWithBothStreamsAndItsExitCode() {
        var ran = run("sh", "-c", "echo out; echo err >&2; exit 7");

        assertThat(ran).isEqualTo(new Ran("out\n", "err\n", 7));
    }

    @Test
    void passesStandardInputAndItsEnd() throws Exception {
        try (var session = client.exec("web", command("wc", "-c"))) {
            var megabyte = new byte[1 << 20];
            session.input(megabyte, 0, megabyte.length);
            session.endInput();

            assertThat(collect(session).out().strip()).isEqualTo("1048576");
        }
    }

    @Test
    void carriesMuchOutputWhole() {
        var ran = run("head", "-c", "20000000", "/dev/zero");

        assertThat(ran.out()).hasSize(20_000_000);
        assertThat(ran.exit()).isZero();
    }

    @Test
    void passesEnvironmentFolderAndArgumentsAsTheyAre() {
        var command =
                new ExecCommand(
                        List.of("sh", "-c", "pwd; echo \"$GREETING\"; echo \"$1\"", "x", "a b; $c"),
                        Map.of("GREETING", "hello 'you'"),
                        Optional.of(folder.toString()),
                        Optional.empty(),
                        Optional.empty());
        try (var session = client.exec("web", command)) {
            assertThat(collect(session).out()).isEqualTo(folder + "\nhello 'you'\na b; $c\n");
        }
    }

    @Test
    void followsTheTerminalsSize() throws Exception {
        var command =
                new ExecCommand(
                        List.of("cat"),
                        Map.of(),
                        Optional.empty(),
                        Optional.of("nobody"),
                        Optional.of(new ExecCommand.Window("xterm", 80, 24)));
        try (var session = client.exec("web", command)) {
            session.resize(100, 30);
            await().untilAsserted(() -> assertThat(bench.shell.sizes).contains("100x30"));
        }
        assertThat(bench.shell.commands.getLast().user()).contains("nobody");
        assertThat(bench.shell.commands.getLast().terminal().orElseThrow().columns()).isEqualTo(80);
    }

    @Test
    void endsACommandWhoseClientHasGone() {
        var before = bench.shell.processes.size();
        var session = client.exec("web", command("sleep", "1000"));
        await().until(() -> bench.shell.processes.size() > before);

        session.close();

        await().atMost(10, TimeUnit.SECONDS)
                .until(() -> !bench.shell.processes.getLast().isAlive());
    }

    @Test
    void doesNotWaitForWhatACommandLeavesBehind() {
        var ran = run("sh", "-c", "sleep 30 & echo started");

        assertThat(ran).isEqualTo(new Ran("started\n", "", 0));
    }

    @Test
    void ignoresInputThatACommandDoesNotWant() throws Exception {
        try (var session = client.exec("web", command("true"))) {
            assertThat(collect(session).exit()).isZero();
        }
    }

    @Test
    void refusesToRunInAVmThatIsAbsentOrSomebodyElses() throws Exception {
        assertThatThrownBy(() -> client.exec("wbe", command("true")))
                .isInstanceOf(CoveException.class)
                .hasMessageContaining("did you mean \"web\"?");
        assertThat(
                        Raw.status(
                                Raw.tcp(
                                        bench.port(),
                                        Raw.upgrade(
                                                "/v1/vms/web/exec",
                                                "Host: localhost",
                                                "Authorization: Bearer " + bench.alice))))
                .isEqualTo(404);
    }

    @Test
    void saysWhichCommandIsFaulty() {
        var faulty =
                new ExecCommand(
                        List.of("true"),
                        Map.of("not a name", "x"),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty());
        try (var session = client.exec("web", faulty)) {
            assertThatThrownBy(() -> collect(session))
                    .isInstanceOf(CoveException.class)
                    .hasMessageContaining("not a variable's name");
        }
    }

    @Test
    void copiesFilesOutAndIn() throws Exception {
        var source = Files.createDirectories(folder.resolve("source dir"));
        Files.writeString(source.resolve("-odd 'name'"), "hello");
        var target = folder.resolve("target/deep");

        try (var tar = client.download("web", source.toString())) {
            client.upload("web", target.toString(), tar::transferTo);
        }

        assertThat(target.resolve("source dir/-odd 'name'")).hasContent("hello");
    }

    @Test
    void breaksOffWhatALostGuestHasNotFinished() throws Exception {
        var file = Files.writeString(folder.resolve("unfinished"), "hello");
        bench.shell.losing = true;

        try (var tar = client.download("web", file.toString())) {
            assertThatThrownBy(tar::readAllBytes).isInstanceOf(IOException.class);
        } finally {
            bench.shell.losing = false;
        }
    }

    @Test
    void saysThatAFileIsAbsent() {
        assertThatThrownBy(() -> client.download("web", "/no/such file"))
                .isInstanceOf(CoveException.class)
                .hasMessageContaining("there is no /no/such file in the guest");
    }

    @Test
    void saysWhatTarSaidAboutAFaultyUpload() {
        assertThatThrownBy(() ->
                        client.upload(
                                "web",
                                folder.resolve("t").toString(),
                                out -> out.write(new byte[] {1, 2, 3})))
                .isInstanceOf(CoveException.class)
                .hasMessageContaining("tar failed");
    }

    @Test
    void takesAbsolutePathsOnly() {
        var root = bench.http(bench.root);

        assertThat(root.get("/v1/vms/web/files?path=etc").status()).isEqualTo(400);
        assertThat(root.get("/v1/vms/web/files").status()).isEqualTo(400);
    }

    @Test
    void showsTheLogAndItsLastLines() throws Exception {
        var vm = bench.running("logged", Bench.ROOT);
        var log = console(vm.id().text());
        Files.writeString(log, "one\ntwo\nthree\n");
        var root = bench.http(bench.root);

        assertThat(root.get("/v1/vms/logged/log").body()).isEqualTo("one\ntwo\nthree\n");
        assertThat(root.get("/v1/vms/logged/log?tail=2").body()).isEqualTo("two\nthree\n");
        assertThat(root.get("/v1/vms/logged/log?tail=0").body()).isEmpty();
        assertThat(root.get("/v1/vms/logged/log?tail=99").body()).isEqualTo("one\ntwo\nthree\n");
        Files.writeString(log, "one\ntwo");
        assertThat(root.get("/v1/vms/logged/log?tail=1").body()).isEqualTo("two");
        assertThat(root.get("/v1/vms/logged/log?tail=x").status()).isEqualTo(400);
    }

    @Test
    void followsTheLogUntilTheVmStops() throws Exception {
        var vm = bench.running("followed", Bench.ROOT);
        var log = console(vm.id().text());
        Files.writeString(log, "one\n");
        var seen = new ByteArrayOutputStream();
        var done = new CountDownLatch(1);
        Thread.ofVirtual()
                .start(() -> {
                    try (var stream = client.log("followed", Optional.empty(), true)) {
                        stream.transferTo(seen);
                    } catch (java.io.IOException e) {
                        seen.writeBytes(("broken: " + e).getBytes(StandardCharsets.UTF_8));
                    }
                    done.countDown();
                });
        await().until(() -> seen.toString(StandardCharsets.UTF_8).equals("one\n"));

        Files.writeString(log, "one\ntwo\n");
        await().until(() -> seen.toString(StandardCharsets.UTF_8).equals("one\ntwo\n"));
        bench.vms.stop(Bench.ROOT, "followed", java.time.Duration.ZERO);

        assertThat(done.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(seen).hasToString("one\ntwo\n");
    }

    @Test
    void refusesMoreStreamsThanThereIsRoomFor() throws Exception {
        bench.running("busy", new Caller(new Owner("alice"), false));
        var open = new ArrayList<java.net.Socket>();
        try {
            var status = 101;
            while (status == 101 && open.size() < 300) {
                var socket =
                        new java.net.Socket(
                                java.net.InetAddress.ofLiteral("127.0.0.1"), bench.port());
                open.add(socket);
                socket.getOutputStream()
                        .write(
                                Raw.upgrade(
                                                "/v1/vms/busy/exec",
                                                "Host: localhost",
                                                "Authorization: Bearer " + bench.alice)
                                        .getBytes(StandardCharsets.US_ASCII));
                status =
                        Raw.status(
                                new String(
                                        socket.getInputStream().readNBytes(12),
                                        StandardCharsets.US_ASCII));
            }
            assertThat(status).isEqualTo(429);
            assertThat(run("true").exit()).as("others are not held up").isZero();
        } finally {
            for (var socket : open) {
                socket.close();
            }
        }
    }

    private static Path console(String id) throws Exception {
        return Files.createDirectories(folder.resolve("vms").resolve(id)).resolve("console.log");
    }

    private record Ran(String out, String err, int exit) {}

    private static Ran run(String... line) {
        try (var session = client.exec("web", command(line))) {
            return collect(session);
        }
    }

    private static Ran collect(ExecSession session) {
        var out = new ByteArrayOutputStream();
        var err = new ByteArrayOutputStream();
        var exit = session.run(out, err);
        return new Ran(
                out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8), exit);
    }

    private static ExecCommand command(String... line) {
        return new ExecCommand(
                List.of(line), Map.of(), Optional.empty(), Optional.empty(), Optional.empty());
    }
}

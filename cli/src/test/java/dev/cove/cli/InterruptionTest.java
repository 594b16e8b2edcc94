package dev.cove.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Commands as processes of their own, since a signal ends the process.
@Timeout(60)
class InterruptionTest {
    @TempDir Path home;
    private PaperDaemon daemon;
    private final List<Process> commands = new ArrayList<>();

    @BeforeEach
    void open() throws IOException {
        daemon = new PaperDaemon().holding("GET /v1/events");
    }

    @AfterEach
    void close() {
        commands.forEach(Process::destroyForcibly);
        daemon.close();
    }

    @Test
    void endsTheBuildInTheDaemonWhenItIsEnded() throws Exception {
        daemon.answering("POST /v1/images", 202, "{\"name\":\"web\",\"state\":\"building\"}");
        daemon.answering("POST /v1/images/web/cancel", 204, "");
        var command = start("image", "build", "web");
        await().until(() -> daemon.asked.stream().anyMatch(a -> a.startsWith("POST /v1/images ")));

        command.toHandle().destroy();

        assertThat(command.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(command.exitValue()).isEqualTo(130);
        assertThat(daemon.asked).contains("POST /v1/images/web/cancel");
        assertThat(said(command))
                .isEqualTo(
                        "cove: interrupted; the daemon has ended making image \"web\", and nothing"
                                + " of it is left\n");
    }

    @Test
    void endsTheImportInTheDaemonWhenItIsEnded() throws Exception {
        daemon.holding("POST /v1/images/web/import");
        daemon.answering("POST /v1/images/web/cancel", 204, "");
        var file = Files.writeString(home.resolve("disk"), "content");
        var command = start("image", "import", "web", file.toString());
        await().until(() -> !daemon.asked.isEmpty());

        command.toHandle().destroy();

        assertThat(command.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(command.exitValue()).isEqualTo(130);
        assertThat(daemon.asked).contains("POST /v1/images/web/cancel");
    }

    @Test
    void leavesAloneWhatTheDaemonHasNotAgreedToDoForIt() throws Exception {
        daemon.holding("POST /v1/images");
        var command = start("image", "build", "web");
        await().until(() -> daemon.asked.stream().anyMatch(a -> a.startsWith("POST /v1/images ")));

        command.toHandle().destroy();

        assertThat(command.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(command.exitValue()).isEqualTo(130);
        assertThat(daemon.asked).noneMatch(a -> a.contains("cancel"));
        assertThat(said(command))
                .contains("the daemon has not said whether it is making image \"web\"");
    }

    private Process start(String... words) throws IOException {
        var line =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-cp",
                                System.getProperty("java.class.path"),
                                "dev.cove.cli.Main"));
        line.addAll(List.of(words));
        var builder = new ProcessBuilder(line);
        builder.environment().put("COVE_HOST", daemon.host());
        builder.environment().put("HOME", home.toString());
        builder.environment().remove("JAVA_TOOL_OPTIONS");
        var command = builder.start();
        commands.add(command);
        return command;
    }

    private static String said(Process command) throws IOException {
        return new String(command.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    }
}

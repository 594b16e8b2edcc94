package dev.cove.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// `cove export` and `cove import`.
@Timeout(60)
class TransferTest {
    private static final String EXPORT = "GET /v1/vms/web/export";
    private static final String IMPORT = "POST /v1/imports";

    @TempDir Path home;
    private PaperDaemon daemon;
    private Stage user;
    private Path file;

    @BeforeEach
    void open() throws IOException {
        daemon = new PaperDaemon();
        user = new Stage(home, daemon.host());
        file = home.resolve("web.cove");
        daemon.answering(EXPORT, 200, "all of it", Map.of("Cove-Flushed", "true"));
        daemon.answering(IMPORT, 201, PaperDaemon.WEB);
    }

    @AfterEach
    void close() {
        daemon.close();
    }

    @Test
    void writesAVmIntoAFileThatNobodyElseReads() throws Exception {
        assertThat(user.run("export", "web", file.toString())).isZero();

        assertThat(file).hasContent("all of it");
        assertThat(Files.getPosixFilePermissions(file))
                .isEqualTo(PosixFilePermissions.fromString("rw-------"));
        assertThat(user.out()).isEmpty();
        assertThat(user.err()).isEqualTo("web: its disk, 1K in 0.0 s\n");
        assertThat(daemon.asked).containsExactly(EXPORT);
    }

    @Test
    void tellsWhatIsInTheFile() {
        daemon.answering(
                EXPORT,
                200,
                "all of it",
                Map.of("Cove-With-Memory", "true", "Cove-Standstill-Ms", "3.1"));

        assertThat(user.run("export", "--running", "web", file.toString())).isZero();
        assertThat(user.err())
                .contains("memory and disk", "after a pause of 3.1 ms", "were not flushed");
        assertThat(daemon.asked).containsExactly(EXPORT + "?running=true");
        assertThat(user.run("export", "-f", "--json", "web", file.toString())).isZero();
        assertThat(user.out()).contains("\"bytes\": 9", "\"with_memory\": true");
    }

    @Test
    void overwritesOnlyWhatItMay() throws Exception {
        Files.writeString(file, "mine");

        assertThat(user.run("export", "web", file.toString())).isEqualTo(2);
        assertThat(user.err()).contains("is here already; overwrite it with: -f");
        assertThat(file).hasContent("mine");
        assertThat(user.run("export", "web", home.toString(), "-f")).isEqualTo(2);
        assertThat(user.run("export", "web", home.resolve("no/web.cove").toString())).isEqualTo(2);
        assertThat(daemon.asked).isEmpty();
        assertThat(user.run("export", "web", file.toString(), "-f")).isZero();
        assertThat(file).hasContent("all of it");
    }

    @Test
    void writesToStandardOutput() {
        assertThat(user.run("export", "web", "-")).isZero();
        assertThat(user.out()).isEqualTo("all of it");
        assertThat(user.run("export", "web", "-", "--json")).isEqualTo(2);
    }

    @Test
    void keepsNothingOfWhatBreaksOff() throws Exception {
        Files.writeString(file, "mine");
        daemon.breakingOff(EXPORT, "the beginning");

        assertThat(user.run("export", "-f", "web", file.toString())).isEqualTo(1);

        assertThat(user.err()).contains("broke off after 1K");
        assertThat(file).hasContent("mine");
        try (var files = Files.list(home)) {
            assertThat(files).noneMatch(f -> f.toString().endsWith(".half"));
        }
    }

    @Test
    void makesAVmOfAFile() throws Exception {
        Files.writeString(file, "all of it");

        assertThat(
                        user.run(
                                "import",
                                file.toString(),
                                "--name",
                                "web",
                                "--cold",
                                "--cpus",
                                "2",
                                "--memory",
                                "1G"))
                .isZero();

        assertThat(user.out()).isEqualTo("web\n");
        assertThat(user.err()).contains("1K read, and ready in 0.0 s at 10.100.0.10;");
        assertThat(daemon.asked.element())
                .startsWith("POST /v1/imports?name=web&cpus=2&memory=1G&ssh_key=ssh-ed25519%20")
                .contains("&cold=true&wait=600000ms")
                .endsWith(" all of it");
    }

    @Test
    void readsStandardInput() {
        assertThat(user.typing("all of it").run("import", "-", "--json", "--no-wait")).isZero();
        assertThat(user.out()).contains("\"name\": \"web\"");
        assertThat(daemon.asked.element()).endsWith(" all of it").doesNotContain("wait");
    }

    @Test
    void saysWhyAFileIsRefused() throws Exception {
        Files.writeString(file, "half of it");
        daemon.answering(IMPORT, 400, "{\"detail\":\"it is cut short\"}");

        assertThat(user.run("import", file.toString())).isEqualTo(2);
        assertThat(user.err()).isEqualTo("cove: it is cut short\n");
        assertThat(user.run("import", home.resolve("none").toString())).isEqualTo(2);
        assertThat(user.err()).contains("there is no file");
        assertThat(user.run("import", home.toString())).isEqualTo(2);
        assertThat(user.err()).contains(home + " is a folder; give a file that cove export wrote");
    }
}

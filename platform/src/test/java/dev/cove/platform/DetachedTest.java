package dev.cove.platform;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DetachedTest {
    private static final Duration LIMIT = Duration.ofSeconds(10);

    @TempDir Path folder;

    @Test
    void startsInASessionOfItsOwnWithoutOurEnvironment() throws Exception {
        var output = output();

        var script =
                """
                read pid name state parent group session rest </proc/self/stat # proc(5)
                echo $pid; echo $session; env; exec cat
                """;

        var process = detached(List.of("sh", "-c", script), output).start();
        process.awaitExit(LIMIT);

        var said = Files.readAllLines(output).stream().map(String::strip).toList();
        assertThat(said.get(0)).isEqualTo(String.valueOf(process.pid()));
        assertThat(said.get(1)).isEqualTo(String.valueOf(process.pid()));
        assertThat(said).noneMatch(line -> line.startsWith("HOME=") || line.startsWith("JAVA"));
    }

    @Test
    void isTheProgramUnderThePidThatItTold() throws Exception {
        var process = detached(List.of("sleep", "60"), output()).start();
        try {
            var deadline = System.nanoTime() + LIMIT.toNanos();
            while (!process.commandLine().equals(List.of("sleep", "60"))) {
                assertThat(System.nanoTime()).isLessThan(deadline);
                Thread.onSpinWait();
            }
        } finally {
            assertThat(process.kill(LIMIT)).isTrue();
        }
    }

    @Test
    void wearsTheWrapperWithPrivilegesAndTheProgramWithout() {
        var detached =
                new Detached(
                        List.of("chroot", "/srv"),
                        List.of("qemu", "-S"),
                        folder,
                        Optional.of(new Detached.User(200_012, 200_012, List.of())),
                        OptionalLong.of(4096));

        assertThat(detached.words())
                .containsExactly(
                        "setsid",
                        "prlimit",
                        "--fsize=4096:",
                        "env",
                        "--ignore-signal=XFSZ",
                        "chroot",
                        "/srv",
                        "setpriv",
                        "--reuid=200012",
                        "--regid=200012",
                        "--clear-groups",
                        "--inh-caps=-all",
                        "--no-new-privs",
                        "--",
                        "qemu",
                        "-S");
    }

    @Test
    void letsNoFileGrowBeyondTheLimitAndTheProgramLive() throws Exception {
        var output = output();
        var big = folder.resolve("big");

        var process =
                new Detached(
                                List.of(),
                                List.of(
                                        "sh",
                                        "-c",
                                        "head -c 100000 /dev/zero > " + big + "; echo alive"),
                                output,
                                Optional.empty(),
                                OptionalLong.of(65536))
                        .start();
        process.awaitExit(LIMIT);

        assertThat(big).hasSize(65536);
        assertThat(output).content().contains("alive");
    }

    @Test
    @Tag("root")
    void runsAsTheUserThatWasNamed() throws Exception {
        var output = output();

        var process =
                new Detached(
                                List.of(),
                                List.of(
                                        "sh",
                                        "-c",
                                        "id -u; id -g; id -G; grep NoNewPrivs /proc/self/status"),
                                output,
                                Optional.of(new Detached.User(200_012, 200_013, List.of())),
                                OptionalLong.empty())
                        .start();
        process.awaitExit(LIMIT);

        assertThat(Files.readAllLines(output))
                .containsExactly("200012", "200013", "200013", "NoNewPrivs:\t1");
    }

    private Path output() throws Exception {
        return Files.createFile(folder.resolve("output"));
    }

    private static Detached detached(List<String> line, Path output) {
        return new Detached(List.of(), line, output, Optional.empty(), OptionalLong.empty());
    }
}

package dev.cove.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cove.platform.Command;
import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What Cove refuses, with which words, and that nothing of it stays.
@Tag("vm")
@Tag("root")
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class RefusalTest {
    private static RealDaemon daemon;

    @BeforeAll
    static void start() throws Exception {
        daemon = RealDaemon.with("debian-slim");
        daemon.cove("create", "here", "--image", "debian-slim", "--no-start").orThrow();
    }

    @AfterAll
    static void close() {
        if (daemon != null) {
            daemon.close();
        }
    }

    @AfterEach
    void nothingWasMade() throws Exception {
        assertThat(daemon.cove("ls", "-q").orThrow().strip()).isEqualTo("here");
        assertThat(Traces.of(daemon.data()).taps()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    Upper       | --no-start        | not a name
                    -dash       | --no-start        | -dash
                    a_b         | --no-start        | not a name
                    a$(reboot)  | --no-start        | not a name
                    here        | --no-start        | is here already
                    big         | --memory=900T     | more than this machine has
                    small       | --memory=1K       | memory
                    many        | --cpus=4000       | a number from 1 to 64
                    more        | --cpus=64         | more than this machine has
                    vast        | --disk=17T        | at most 16T
                    none        | --cpus=0          | CPU
                    tight       | --disk=1M         | too small
                    other       | --image=debain    | image "debain" is not here
                    strange     | --vmm=xen         | there is no VMM "xen"
                    """)
    void refusesToCreate(String name, String option, String because) throws Exception {
        var image = option.startsWith("--image") ? "--no-start" : "--image=debian-slim";

        var said = daemon.cove("create", name, image, option);

        assertThat(said.exit()).as(said.out()).isBetween(1, 2);
        assertThat(said.err()).containsIgnoringCase(because);
        assertThat(said.err()).doesNotContain("Exception").doesNotContain("\tat ");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    {"name":            | 400
                    []                  | 400
                    {"name":5}          | 400
                    {"nam":"web"}       | 400
                    {"cpus":"many"}     | 400
                    {"ssh_keys":["x"]}  | 400
                    """)
    void refusesWhatIsNoRequest(String body, String status) throws Exception {
        var said =
                curl(
                        "-d",
                        body,
                        "-o",
                        "/dev/null",
                        "-w",
                        "%{http_code}",
                        "http://localhost/v1/vms");

        assertThat(said).isEqualTo(status);
    }

    @Test
    void refusesABodyThatIsTooLarge() throws Exception {
        var large = daemon.home().resolve("large");
        Files.writeString(large, "{\"name\":\"" + "a".repeat(3 << 20) + "\"}");

        var said =
                curl(
                        "--data-binary",
                        "@" + large,
                        "-o",
                        "/dev/null",
                        "-w",
                        "%{http_code}",
                        "http://localhost/v1/vms");

        assertThat(said).isEqualTo("413");
    }

    private static String curl(String... words) throws InterruptedException {
        Needs.program("curl", "curl");
        var line = new java.util.ArrayList<>(List.of("curl", "-s", "--max-time", "20"));
        line.addAll(List.of("--unix-socket", daemon.data().resolve("cove.sock").toString()));
        line.addAll(List.of(words));
        return Command.of(line).run().out().strip();
    }

    @Test
    void refusesASecondDaemonOnTheSameData() throws Exception {
        var said = otherDaemon(daemon.data(), "none");

        assertThat(said.exit()).isEqualTo(1);
        assertThat(said.err()).contains(daemon.data().toString());
        assertThat(daemon.cove("version").exit()).isZero();
    }

    @Test
    void refusesAPortThatIsTaken() throws Exception {
        var data = Files.createDirectory(daemon.home().resolve("other"));
        try (var taken = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            var said =
                    otherDaemon(
                            data,
                            "127.0.0.1:" + taken.getLocalPort(),
                            "--network-bridge",
                            "cvother",
                            "--network-subnet",
                            "10.101.0.1/16");

            assertThat(said.exit()).isEqualTo(1);
            assertThat(said.err()).contains(String.valueOf(taken.getLocalPort()), "--listen");
        } finally {
            dev.cove.images.Pool.unmount(data);
            Command.of("ip", "link", "delete", "cvother").run();
        }
    }

    private static Command.Result otherDaemon(Path data, String listen, String... more)
            throws InterruptedException {
        var line = new java.util.ArrayList<>(List.of(Checkout.cove().toString(), "daemon"));
        line.addAll(List.of("--data", data.toString(), "--listen", listen));
        line.addAll(List.of(more));
        return Command.of(line).within(Duration.ofMinutes(1)).run();
    }

    @Test
    void saysHowToStartTheDaemonWhenItIsNotThere() throws Exception {
        daemon.stop();
        try {
            var said = daemon.cove("ls");

            assertThat(said.exit()).isEqualTo(1);
            assertThat(said.err()).contains("no daemon answers", "cove daemon");
        } finally {
            daemon.start();
        }
    }

    @Test
    void makesNoVmOfAnImageThatIsNotWhatItWas() throws Exception {
        daemon.stop();
        var disk = disk();
        var before = Files.getLastModifiedTime(disk);
        flip(disk);
        Files.setLastModifiedTime(disk, before);
        daemon.start();
        try {
            var said = daemon.cove("create", "spoilt", "--image", "debian-slim");

            assertThat(said.exit()).isEqualTo(1);
            assertThat(said.err()).contains("is damaged", "cove image");
            assertThat(Traces.machines(daemon.data())).isEmpty();
        } finally {
            daemon.cove("destroy", "-f", "spoilt").orThrow();
            flip(disk);
            Files.setLastModifiedTime(disk, before);
        }
    }

    private static Path disk() throws Exception {
        try (var images = Files.newDirectoryStream(daemon.data().resolve("pool/images"), "*@*")) {
            return images.iterator().next().resolve("disk.raw");
        }
    }

    /// Turns a byte round in the middle of the first superblock's spare room.
    private static void flip(Path disk) throws Exception {
        try (var file = new RandomAccessFile(disk.toFile(), "rw")) {
            file.seek(2000);
            var was = file.read();
            file.seek(2000);
            file.write(was ^ 1);
        }
    }
}

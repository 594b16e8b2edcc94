package dev.cove.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cove.platform.Closer;
import dev.cove.platform.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.json.JsonMapper;

/// Cove as a service of systemd, inside of a VM that Cove runs: nothing else here has a systemd.
///
/// The daemon in there has a VM of its own, `idle`. Emulated twice, its guest takes longer to be
/// ready than this test has; what is looked at is its machine, the process.
@Tag("vm")
@Tag("root")
@Timeout(value = 15, unit = TimeUnit.MINUTES)
class SystemdTest {
    private static final Closer THINGS = new Closer();
    private static final String DROP_INS = "/etc/systemd/system/cove.service.d/";
    private static final String SETTINGS = "/etc/cove/cove.yaml";
    private static final String MACHINE =
            "pid=$(pgrep qemu-system) && echo $pid $(cut -d' ' -f22 /proc/$pid/stat)";
    private static final String PLAIN = "\\d{4}-\\d\\d-\\d\\dT[0-9:.]+Z [A-Z ]{5} \\w+: .+";

    private static Guest host;
    private static List<String> firstWords;

    /// The process of the VM `idle`, with its start time.
    private static String machine;

    @BeforeAll
    static void installAndStart() throws Exception {
        Needs.realVms();
        Needs.time("a machine with systemd, emulated,");
        var image = BuiltImage.debianWith(List.of("nftables", "qemu-system-x86", "xfsprogs"));
        var daemon = THINGS.own(RealDaemon.start(List.of(), List.of(image)));
        var work = Files.createTempDirectory("cv-systemd");
        THINGS.onClose(() -> TestCache.delete(work));
        var name = image.getFileName().toString().replaceFirst("@.*", "");
        daemon.cove("create", "host", "--image", name, "--cpus", "2", "--memory", "1G").orThrow();
        host = daemon.guest("host");
        Installation.in(Files.createDirectory(work.resolve("root"))).ship(daemon.client(), "host");
        set("COVE_NETWORK_SUBNET", "10.200.0.1/16");
        host.sh("systemctl start cove");
        firstWords = journal();
        machine = createIdle(daemon, work);
    }

    /// Gives the daemon in there an image whose guest does nothing, and a VM of it.
    ///
    /// @return the VM's machine
    private static String createIdle(RealDaemon daemon, Path work) throws Exception {
        var root = Files.createDirectory(work.resolve("idle"));
        var busybox = Files.createDirectory(root.resolve("bin")).resolve("busybox");
        Files.copy(Path.of("/bin/busybox"), busybox);
        var init = Files.createDirectory(root.resolve("sbin")).resolve("init");
        Files.writeString(init, "#!/bin/busybox sh\nexec /bin/busybox sleep 1000000\n");
        Files.setPosixFilePermissions(init, PosixFilePermissions.fromString("rwxr-xr-x"));
        var disk = work.resolve("idle.raw").toString();
        Command.of("mke2fs", "-q", "-t", "ext4", "-d", root.toString(), disk, "16M")
                .run()
                .orThrow();
        daemon.cove("image", "import", "idle", disk).orThrow();

        var images = daemon.data().resolve("pool/images");
        var inside = "/var/lib/cove/pool/images";
        Installation.ship(daemon.client(), "host", images, inside, idle(images));
        host.sh("cove create idle --image idle --memory 128M --no-wait");
        return host.sh(
                "timeout 300 sh -c 'until pgrep qemu-system; do sleep 1; done' >&2; " + MACHINE);
    }

    private static String idle(Path images) throws IOException {
        try (var found = Files.newDirectoryStream(images, "idle@*")) {
            return found.iterator().next().getFileName().toString();
        }
    }

    @AfterAll
    static void close() {
        THINGS.close();
    }

    @BeforeEach
    void start() {
        host.sh("systemctl start cove");
    }

    @Test
    void answersAsSoonAsItIsStarted() {
        assertThat(host.sh("systemctl is-active cove")).isEqualTo("active");
        assertThat(host.sh("cove ls -q")).isEqualTo("idle");
        assertThat(firstWords)
                .isNotEmpty()
                .allSatisfy(line -> assertThat(line).matches(PLAIN))
                .anySatisfy(line -> assertThat(line).contains("listens on /run/cove/cove.sock"));
    }

    @Test
    void leavesMachinesAloneWhenItRestartsAndWritesItsLogAsJsonIfAskedTo() {
        set("COVE_LOG_FORMAT", "json");

        host.sh("systemctl restart cove");

        assertThat(host.sh(MACHINE)).isEqualTo(machine);
        assertThat(host.sh("cove ls")).containsPattern("idle +(starting|running)");
        var json = JsonMapper.builder().build();
        assertThat(journal())
                .isNotEmpty()
                .allSatisfy(line ->
                        assertThat(json.readTree(line).path("level").stringValue()).isNotEmpty())
                .anySatisfy(line ->
                        assertThat(json.readTree(line).path("message").stringValue())
                                .contains("listens on"));
    }

    @Test
    void leavesMachinesAloneWhenItIsKilledAndIsStartedAgain() {
        var before = property("MainPID");

        host.sh("kill -KILL " + before);

        host.sh(
                "timeout 600 sh -c 'until [ \"$(systemctl show -P NRestarts cove)\" = 1 ] && systemctl -q is-active cove; do sleep 1; done'");
        assertThat(property("MainPID")).isNotEqualTo(before);
        assertThat(host.sh(MACHINE)).isEqualTo(machine);
        assertThat(host.sh("cove ls")).containsPattern("idle +(starting|running)");
    }

    @Test
    void leavesMachinesAloneWhenItStopsAndSaysWhyItDoesNotStartAgain() {
        host.sh("systemctl stop cove");

        assertThat(property("Result")).isEqualTo("success");
        assertThat(host.sh(MACHINE)).isEqualTo(machine);
        assertThat(host.run("cove ls").err())
                .contains("no daemon answers at unix:///run/cove/cove.sock");

        write(SETTINGS, "log:\n  colour: red\n");
        try {
            assertThat(host.run("systemctl start cove").exit()).isNotZero();

            assertThat(property("ActiveState")).isEqualTo("failed");
            assertThat(property("NRestarts")).isEqualTo("0");
            assertThat(journal())
                    .containsExactly("cove daemon: " + SETTINGS + ":2: unknown key \"log.colour\"");
        } finally {
            host.sh("rm " + SETTINGS);
        }
    }

    /// Sets a variable of the daemon's environment, from its next start on.
    private static void set(String variable, String value) {
        write(
                DROP_INS + variable + ".conf",
                "[Service]\nEnvironment=" + variable + "=" + value + "\n");
        host.sh("systemctl daemon-reload");
    }

    private static void write(String file, String text) {
        host.sh("mkdir -p $(dirname " + file + ") && cat >" + file + " <<'END'\n" + text + "END");
    }

    private static String property(String name) {
        return host.sh("systemctl show -P " + name + " cove");
    }

    /// What the daemon has written since its last start.
    private static List<String> journal() {
        return host.sh(
                        "journalctl -q -o cat _TRANSPORT=stdout _SYSTEMD_INVOCATION_ID="
                                + property("InvocationID"))
                .lines()
                .toList();
    }
}

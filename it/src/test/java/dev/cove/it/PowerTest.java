package dev.cove.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cove.client.VmInfo;
import dev.cove.platform.Command;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// One VM whose power is changed from the outside, from the inside and by violence.
@Tag("vm")
@Tag("root")
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class PowerTest {
    private static final Duration SETTLES = Duration.ofMinutes(2);
    private static final String BOOT = "cat /proc/sys/kernel/random/boot_id";

    private static RealDaemon daemon;

    @BeforeAll
    static void create() throws Exception {
        daemon = RealDaemon.with("debian-slim");
        daemon.cove("create", "web", "--image", "debian-slim", "--memory", "256M").orThrow();
    }

    @AfterAll
    static void close() {
        if (daemon != null) {
            daemon.close();
        }
    }

    @BeforeEach
    void letItRun() throws Exception {
        daemon.cove("start", "web").orThrow();
    }

    @Test
    void letsTheGuestShutDownCleanlyAndKeepsAllItHas() throws Exception {
        var before = daemon.client().vm("web");
        var key = daemon.client().ssh("web").hostKey();
        var machineId = daemon.guest("web").sh("cat /etc/machine-id");
        // Init reads its table anew at SIGHUP, and does what it says about shutting down.
        daemon.guest("web")
                .sh(
                        "sed -i '/::shutdown/i ::shutdown:/bin/sh -c \"echo bye >/root/farewell\"'"
                                + " /etc/inittab && kill -HUP 1");

        daemon.cove("stop", "-t", "60s", "web").orThrow();

        assertThat(daemon.client().vm("web").state()).isEqualTo("stopped");
        assertThat(Traces.machines(daemon.data())).isEmpty();
        assertThat(fileSystem()).contains("Filesystem state:         clean");
        assertThat(fileSystem()).as("a journal to replay").doesNotContain("needs_recovery");

        daemon.cove("start", "web").orThrow();

        assertThat(daemon.guest("web").sh("cat /root/farewell")).isEqualTo("bye");
        assertThat(daemon.guest("web").sh("cat /etc/machine-id")).isEqualTo(machineId);
        assertThat(daemon.client().vm("web").address()).isEqualTo(before.address());
        assertThat(daemon.client().ssh("web").hostKey()).isEqualTo(key);
    }

    private static String fileSystem() throws InterruptedException {
        var disk = daemon.client().vm("web").source().at("paths").at("disk").text("");
        return Command.of("dumpe2fs", "-h", disk).run().orThrow();
    }

    @Test
    void restarts() throws Exception {
        var boot = daemon.guest("web").sh(BOOT);
        daemon.guest("web").sh("echo kept >/root/kept; sync");

        daemon.cove("restart", "web").orThrow();

        assertThat(daemon.guest("web").sh(BOOT)).isNotEqualTo(boot);
        assertThat(daemon.guest("web").sh("cat /root/kept")).isEqualTo("kept");
    }

    @Test
    void isStoppedWhenTheGuestTurnsItselfOff() {
        daemon.guest("web").sh("(sleep 1; poweroff) >/dev/null 2>&1 &");

        awaitVm(vm -> vm.state().equals("stopped"));
        assertThat(Traces.machines(daemon.data())).isEmpty();
    }

    @Test
    void runsAgainAfterTheGuestHasRebooted() {
        var boot = daemon.guest("web").sh(BOOT);
        var machine = daemon.machine("web");

        daemon.guest("web").sh("(sleep 1; reboot) >/dev/null 2>&1 &");

        await().atMost(SETTLES)
                .pollInterval(Duration.ofMillis(500))
                .ignoreExceptions()
                .until(() -> !daemon.guest("web").sh(BOOT).equals(boot));
        assertThat(daemon.client().vm("web").state()).isEqualTo("running");
        assertThat(daemon.machine("web")).isEqualTo(machine);
    }

    @Test
    void failsWithTheConsolesLastWordsWhenItsMachineIsKilled() throws Exception {
        daemon.guest("web").sh("sync; echo these were my last words >/dev/console");

        daemon.machine("web").kill(SETTLES);

        var failed = awaitVm(vm -> vm.state().equals("failed"));
        assertThat(failed.reason().orElse(""))
                .contains("has died", "these were my last words", "cove start web");
        assertThat(daemon.cove("start", "web").exit()).isZero();
        assertThat(daemon.guest("web").sh("hostname")).isEqualTo("web");
    }

    @Test
    void killsAGuestThatWillNotShutDown() throws Exception {
        daemon.guest("web")
                .sh(
                        "echo '#!/bin/sh' >/run/no; chmod +x /run/no;"
                                + " mount --bind /run/no /usr/sbin/poweroff");

        daemon.cove("stop", "-t", "2s", "web").orThrow();

        assertThat(daemon.client().vm("web").state()).isEqualTo("stopped");
        assertThat(Traces.machines(daemon.data())).isEmpty();
    }

    private static VmInfo awaitVm(Predicate<VmInfo> wanted) {
        return await().atMost(SETTLES)
                .pollInterval(Duration.ofMillis(100))
                .until(() -> daemon.client().vm("web"), wanted);
    }
}

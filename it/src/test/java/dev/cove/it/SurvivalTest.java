package dev.cove.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// A VM that lives on while its daemon dies, stops, or is away for a while.
@Tag("vm")
@Tag("root")
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class SurvivalTest {
    private static final Duration SETTLES = Duration.ofMinutes(1);

    private static RealDaemon daemon;

    @BeforeAll
    static void create() throws Exception {
        daemon = RealDaemon.with("debian-slim");
        daemon.cove("create", "web", "--image", "debian-slim", "--memory", "256M").orThrow();
        countInTheGuest();
    }

    @AfterAll
    static void close() {
        if (daemon != null) {
            daemon.close();
        }
    }

    @Test
    void runsOnWhenTheDaemonIsKilled() throws Exception {
        var machine = daemon.machine("web");
        var address = daemon.client().vm("web").address();
        var count = count();

        daemon.kill();
        assertThat(machine.isAlive()).isTrue();
        daemon.start();

        assertThat(daemon.machine("web")).isEqualTo(machine);
        assertThat(daemon.client().vm("web").state()).isEqualTo("running");
        assertThat(daemon.client().vm("web").address()).isEqualTo(address);
        assertThat(count()).isGreaterThan(count);
        assertThat(daemon.cove("ssh", "web", "--", "hostname").orThrow().strip()).isEqualTo("web");
    }

    @Test
    void runsOnWhenTheDaemonStops() throws Exception {
        var machine = daemon.machine("web");
        var count = count();

        daemon.stop();
        assertThat(machine.isAlive()).isTrue();
        daemon.start();

        assertThat(daemon.machine("web")).isEqualTo(machine);
        assertThat(count()).isGreaterThan(count);
    }

    @Test
    void isFailedWhenItDiesWhileNoDaemonIsThereAndStartsAgain() throws Exception {
        var machine = daemon.machine("web");
        daemon.kill();
        machine.kill(SETTLES);
        daemon.start();

        await().atMost(SETTLES).until(() -> daemon.client().vm("web").state().equals("failed"));
        assertThat(daemon.client().vm("web").reason().orElse("")).contains("was gone");

        daemon.cove("start", "web").orThrow();
        assertThat(daemon.guest("web").sh("hostname")).isEqualTo("web");
        countInTheGuest();
    }

    private static void countInTheGuest() {
        daemon.guest("web")
                .sh(
                        "(while :; do i=$((i+1)); echo $i >/run/count; sleep 0.1; done)"
                                + " </dev/null >/dev/null 2>&1 &");
    }

    private static long count() {
        return Long.parseLong(daemon.guest("web").sh("sleep 0.3; cat /run/count"));
    }
}

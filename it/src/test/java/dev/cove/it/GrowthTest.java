package dev.cove.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Many VMs that come and go leave the daemon and the machine as they were.
@Tag("vm")
@Tag("root")
class GrowthTest {
    private static final int ROUNDS = 15;
    private static final Duration CALMS = Duration.ofMinutes(1);

    /// What the daemon holds open: a few connections come and go on their own.
    private static final int SLACK = 6;

    @Test
    @Timeout(value = 4, unit = TimeUnit.MINUTES)
    void leavesNothingOfVmsThatCameAndWent() throws Exception {
        try (var daemon = RealDaemon.with("debian-slim")) {
            round(daemon, 0); // the first one opens what is kept
            var traces = Traces.of(daemon.data());
            var open = count(daemon, "fd");
            var threads = count(daemon, "task");

            for (var i = 1; i <= ROUNDS; i++) {
                round(daemon, i);
            }

            assertThat(Traces.of(daemon.data())).isEqualTo(traces);
            assertThat(traces.all()).isEmpty();
            assertThat(daemon.metric("cove_leases")).isZero();
            await().atMost(CALMS).until(() -> count(daemon, "fd") <= open + SLACK);
            await().atMost(CALMS).until(() -> count(daemon, "task") <= threads + SLACK);
        }
    }

    /// Each one gets an address, a disk and a tap, and is killed while its kernel boots.
    private static void round(RealDaemon daemon, int number) throws InterruptedException {
        var name = "round-" + number;
        daemon.cove("create", name, "--image", "debian-slim", "--memory", "128M", "--no-wait")
                .orThrow();
        await().atMost(CALMS)
                .pollInterval(Duration.ofMillis(50))
                .until(() -> !Traces.machines(daemon.data()).isEmpty());
        daemon.cove("destroy", "-f", name).orThrow();
    }

    private static int count(RealDaemon daemon, String what) throws IOException {
        try (var entries = Files.list(Path.of("/proc", Long.toString(daemon.pid()), what))) {
            return (int) entries.count();
        }
    }
}

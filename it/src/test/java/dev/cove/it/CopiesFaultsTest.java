package dev.cove.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cove.client.ExecCommand;
import dev.cove.platform.Command;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Real guests that cannot be copied or put to sleep, and one that goes to sleep by itself.
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class CopiesFaultsTest extends VmsOfATemplate {
    /// Sends a signal to Cove's agent in the guest. The pattern does not match this text itself.
    private static final String TO_THE_AGENT =
            "for p in /proc/[0-9]*; do case $(tr '\\0' ' ' <$p/cmdline) in"
                    + " */run/co[v]e/*) kill -%s ${p#/proc/} ;; esac; done 2>/dev/null; :";

    /// No snapshot is begun with less than 256M; so much more is left for it.
    private static final long LEFT = (256L + 40) << 20;

    @AfterEach
    void empty() throws IOException {
        Files.deleteIfExists(filling());
    }

    @Test
    void runsOnWhenTheDiskIsFullInTheMiddleOfItsSleepAndSaysHowMuchIsMissing() throws Exception {
        daemon.cove("create", "web", "--image", "debian-slim", "--memory", "1G").orThrow();
        daemon.guest("web").sh(COUNT);
        daemon.guest("web").sh("yes | head -c 350000000 >/run/much");
        var before = snapshots();
        fillThePool();

        var refused = daemon.cove("sleep", "web");

        assertThat(refused.exit()).isEqualTo(1);
        assertThat(refused.err()).containsPattern("there is no room for .*: \\d+M are missing");
        assertThat(daemon.client().vm("web").state()).isEqualTo("running");
        assertThat(snapshots()).isEqualTo(before);
        assertThat(goesOn("web")).isTrue();

        Files.delete(filling());
        daemon.cove("sleep", "web").orThrow();
        daemon.cove("wake", "web").orThrow();
        assertThat(goesOn("web")).isTrue();
        assertThat(daemon.guest("web").sh("wc -c </run/much")).isEqualTo("350000000");
    }

    @Test
    void forksNoGuestThatIgnoresItsChannelAndDoesItNoHarm() throws Exception {
        create("web");
        daemon.guest("web").sh(COUNT);
        var before = snapshots();
        daemon.guest("web").sh(TO_THE_AGENT.formatted("STOP"));
        var began = System.nanoTime();

        var fork = daemon.cove("fork", "web", "copy");
        var sleep = daemon.cove("sleep", "web");

        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofMinutes(1));
        assertThat(fork.exit()).isEqualTo(1);
        assertThat(fork.err()).contains("the guest did not answer");
        assertThat(sleep.exit()).isEqualTo(1);
        assertThat(sleep.err()).contains("the guest did not answer");
        assertThat(daemon.client().vms(Map.of())).hasSize(1);
        assertThat(daemon.client().vm("web").state()).isEqualTo("running");
        assertThat(goesOn("web")).isTrue();
        assertThat(snapshots()).isEqualTo(before);

        daemon.guest("web").sh(TO_THE_AGENT.formatted("CONT"));
        await().atMost(SETTLES)
                .pollInterval(Duration.ofSeconds(1))
                .until(() -> daemon.cove("fork", "web", "copy").exit() == 0);
        assertThat(daemon.guest("copy").sh("hostname")).isEqualTo("copy");
    }

    @Test
    void sleepsByItselfOnceNobodyUsesItAndItComputesNothing() throws Exception {
        create("web");
        daemon.guest("web").sh("echo here >/run/here");
        daemon.cove("sleep", "--after", "5s", "web").orThrow();

        try (var session = daemon.client().exec("web", command("sleep 9"))) {
            var out = new ByteArrayOutputStream();
            assertThat(session.run(out, out)).isZero();
        }
        assertThat(daemon.client().vm("web").state()).as("in use until now").isEqualTo("running");
        var busyUntil = System.nanoTime() + Duration.ofSeconds(9).toNanos();
        daemon.guest("web").sh("(timeout 9 sh -c 'while :; do :; done') >/dev/null 2>&1 &");
        await().atMost(SETTLES)
                .pollInterval(Duration.ofMillis(200))
                .until(() -> daemon.client().vm("web").state().equals("asleep"));

        assertThat(System.nanoTime()).as("not while it computed").isGreaterThan(busyUntil);
        assertThat(Traces.machines(daemon.data())).isEmpty();
        assertThat(daemon.cove("exec", "web", "--", "true").err()).contains("cove wake web");
        daemon.cove("wake", "web").orThrow();
        assertThat(daemon.guest("web").sh("cat /run/here")).isEqualTo("here");
    }

    private static ExecCommand command(String script) {
        return new ExecCommand(
                List.of("sh", "-c", script),
                Map.of(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    /// Whether what was begun in it still counts.
    private boolean goesOn(String vm) {
        var before = daemon.guest(vm).sh("cat /run/count");
        await().atMost(SETTLES).until(() -> !daemon.guest(vm).sh("cat /run/count").equals(before));
        return true;
    }

    private Path filling() {
        return daemon.data().resolve("pool/filling");
    }

    private void fillThePool() throws IOException, InterruptedException {
        var free = Files.getFileStore(daemon.data().resolve("pool")).getUsableSpace();
        Command.of("fallocate", "-l", Long.toString(free - LEFT), filling().toString())
                .run()
                .orThrow();
    }
}

package dev.cove.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;

/// Tests with real VMs of one template, which end with each test.
///
/// Each class has a daemon of its own, which takes ten seconds: some fill its disk or kill it.
@Tag("vm")
@Tag("root")
@TestInstance(Lifecycle.PER_CLASS)
abstract class VmsOfATemplate {
    protected static final Duration SETTLES = Duration.ofMinutes(2);

    /// Counts in a guest's memory for as long as it runs, into `/run/count`.
    protected static final String COUNT =
            "(i=0; while :; do i=$((i+1)); echo $i >/run/count.new; mv /run/count.new /run/count;"
                    + " sleep 0.2; done) >/dev/null 2>&1 & echo $!";

    protected RealDaemon daemon;

    @BeforeAll
    void prepare() throws Exception {
        daemon = RealDaemon.with(List.of("--templates-standby", "0"), "debian-slim");
        daemon.cove("template", "prepare", "debian-slim", "--memory", "256M").orThrow();
    }

    @AfterAll
    void close() {
        if (daemon != null) {
            daemon.close();
        }
    }

    @AfterEach
    void leaveNothing() throws Exception {
        for (var vm : daemon.client().vms(Map.of())) {
            daemon.cove("destroy", "-f", vm.name()).orThrow();
        }
        assertThat(Traces.machines(daemon.data())).isEmpty();
        // The template; what VMs begin with goes a moment after they run.
        await().atMost(SETTLES).untilAsserted(() -> assertThat(snapshots()).hasSize(1));
    }

    /// Creates a VM of the template's shape.
    protected void create(String name) throws InterruptedException {
        var made = daemon.cove("create", name, "--image", "debian-slim", "--memory", "256M");
        assertThat(made.exit()).as(made.err()).isZero();
        assertThat(made.err()).doesNotContain("warning");
    }

    /// The folders of all, the template's among them.
    protected List<Path> snapshots() throws IOException {
        try (var found = Files.list(daemon.data().resolve("pool/snapshots"))) {
            return found.sorted().toList();
        }
    }
}

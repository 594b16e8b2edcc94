package dev.cove.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cove.platform.Command;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BridgeLockTest {
    @TempDir private Path run;

    @Test
    void refusesASecondDaemonOnTheSameBridgeAndNamesTheFirst() throws Exception {
        try (var _ = BridgeLock.take(run, "vmmbr0")) {
            assertThat(takenElsewhere("vmmbr0")).contains("pid " + ProcessHandle.current().pid());
            assertThat(takenElsewhere("vmmbr1")).isEqualTo("taken\n");
        }
        assertThat(takenElsewhere("vmmbr0")).isEqualTo("taken\n");
    }

    @Test
    void keepsItsFileOutOfTheWayOfOtherBridges() throws Exception {
        try (var _ = BridgeLock.take(run, "vmmbr0");
                var files = Files.list(run)) {
            assertThat(files).singleElement().asString().endsWith("-vmmbr0.lock");
        }
    }

    /// A lock is the process's, so the other daemon has to be another process.
    private String takenElsewhere(String bridge) throws InterruptedException {
        return Command.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Other.class.getName(),
                        run.toString(),
                        bridge)
                .within(Duration.ofSeconds(30))
                .run()
                .out();
    }

    /// Another daemon.
    static final class Other {
        public static void main(String[] arguments) throws Exception {
            try (var _ = BridgeLock.take(Path.of(arguments[0]), arguments[1])) {
                System.out.println("taken");
            } catch (dev.cove.core.CoveException e) {
                System.out.println(e.sentence());
            }
        }
    }
}

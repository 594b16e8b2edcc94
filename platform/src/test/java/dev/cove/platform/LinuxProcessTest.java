package dev.cove.platform;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LinuxProcessTest {
    private static final Duration LIMIT = Duration.ofSeconds(10);

    @Test
    void knowsItself() {
        var self = LinuxProcess.of(ProcessHandle.current().pid()).orElseThrow();

        assertThat(self.isAlive()).isTrue();
        assertThat(self.commandLine().getFirst()).contains("java");
        assertThat(LinuxProcess.all()).contains(self);
    }

    @Test
    void takesNoOtherProcessWithTheSamePidForIt() {
        var self = LinuxProcess.of(ProcessHandle.current().pid()).orElseThrow();
        var earlier = new LinuxProcess(self.pid(), self.startTicks() - 1);

        assertThat(earlier.isAlive()).isFalse();
        assertThat(earlier.commandLine()).isEmpty();
    }

    @Test
    void killsOnlyTheProcessThatIsMeant() throws Exception {
        var child = new ProcessBuilder("sleep", "60").start();
        try {
            var process = LinuxProcess.of(child.pid()).orElseThrow();
            var earlier = new LinuxProcess(process.pid(), process.startTicks() - 1);

            assertThat(earlier.kill(LIMIT)).isTrue();
            assertThat(child.isAlive()).isTrue();

            assertThat(process.kill(LIMIT)).isTrue();
            assertThat(child.waitFor(10, TimeUnit.SECONDS)).isTrue();
            assertThat(process.kill(LIMIT)).isTrue();
        } finally {
            child.destroyForcibly();
        }
    }

    @Test
    void saysWhenAProcessOutlastsTheWait() throws Exception {
        var child = new ProcessBuilder("sleep", "60").start();
        try {
            var process = LinuxProcess.of(child.pid()).orElseThrow();

            assertThat(process.awaitExit(Duration.ofMillis(5))).isFalse();
        } finally {
            child.destroyForcibly();
        }
    }

    @Test
    void takesAZombieForGone() throws IOException, InterruptedException {
        // The shell makes a child and becomes a program that never asks how it ended.
        var parent = new ProcessBuilder("sh", "-c", "sleep 0 & echo $!; exec sleep 60").start();
        try (var out = parent.inputReader()) {
            var pid = Long.parseLong(out.readLine().strip());
            var child = LinuxProcess.of(pid).orElseThrow();

            assertThat(child.awaitExit(LIMIT)).isTrue();
            assertThat(ProcessHandle.of(pid)).isPresent();
        } finally {
            parent.destroyForcibly();
        }
    }

    @Test
    void limitsHowFarItsFilesMayGrow() throws Exception {
        var child = new ProcessBuilder("sleep", "60").start();
        try {
            LinuxProcess.of(child.pid()).orElseThrow().limitFiles(1 << 20, Optional.empty());

            assertThat(Path.of("/proc/" + child.pid() + "/limits"))
                    .content()
                    .containsPattern("Max file size +1048576 ");
        } finally {
            child.destroyForcibly();
        }
    }

    @Test
    void readsTheStateOfAProcessWhoseNameIsMeantToMislead() {
        var stat =
                LinuxProcess.Stat.parse(
                                "7 (x) R 1 1) S 1 7 7 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 3 0 4711 9 9\n")
                        .orElseThrow();

        assertThat(stat.state()).isEqualTo('S');
        assertThat(stat.ticks()).isEqualTo(5 + 6);
        assertThat(stat.threads()).isEqualTo(3);
        assertThat(stat.startTicks()).isEqualTo(4711);
    }

    @Test
    void tellsWhatAProcessHasUsedOfProcessors() {
        var self = LinuxProcess.of(ProcessHandle.current().pid()).orElseThrow();

        assertThat(self.processorTime()).hasValueSatisfying(used -> assertThat(used).isPositive());
        assertThat(new LinuxProcess(self.pid(), self.startTicks() + 1).processorTime()).isEmpty();
    }

    @Test
    void takesALeaderWhoseThreadsStillRunForAlive() {
        assertThat(new LinuxProcess.Stat('Z', 0, 2, 1).runs()).isTrue();
        assertThat(new LinuxProcess.Stat('Z', 0, 1, 1).runs()).isFalse();
        assertThat(new LinuxProcess.Stat('Z', 0, 0, 1).runs()).isFalse();
    }

    @Test
    void readsNothingFromHalfALine() {
        assertThat(LinuxProcess.Stat.parse("7 (x) S 1 7")).isEmpty();
        assertThat(LinuxProcess.Stat.parse("")).isEmpty();
    }
}

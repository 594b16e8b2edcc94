package dev.cove.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class CommandTest {
    @TempDir Path folder;

    @Test
    void givesBackOutputErrorsAndExitCode() throws Exception {
        var watched = new CopyOnWriteArrayList<String>();

        var result =
                Command.of("sh", "-c", "cat; echo two >&2; exit 3")
                        .reading("one\n")
                        .run(watched::add);

        assertThat(result.out()).isEqualTo("one\n");
        assertThat(result.err()).isEqualTo("two\n");
        assertThat(result.exit()).isEqualTo(3);
        assertThat(watched).containsExactly("two");
    }

    @Test
    void doesNotWaitForGoodForWhoeverStillHoldsTheOutput() throws Exception {
        var start = System.nanoTime();

        var result =
                Command.of("sh", "-c", "setsid sleep 45 & echo $! > pid; echo done")
                        .in(folder)
                        .within(Duration.ofSeconds(30))
                        .run();

        var took = Duration.ofNanos(System.nanoTime() - start);
        ProcessHandle.of(
                        Long.parseLong(
                                java.nio.file.Files.readString(folder.resolve("pid")).strip()))
                .ifPresent(ProcessHandle::destroyForcibly);
        assertThat(result.out()).isEqualTo("done\n");
        assertThat(result.exit()).isZero();
        assertThat(took).isLessThan(Duration.ofSeconds(30));
    }

    @Test
    void killsWhatTakesTooLongAndItsChildren() {
        assertThatThrownBy(() ->
                        Command.of("sh", "-c", "sleep 45; true")
                                .within(Duration.ofMillis(200))
                                .run())
                .isInstanceOfSatisfying(
                        CommandException.class, e -> assertThat(e.isLate()).isTrue());
    }

    @Test
    void killsWhatDoesNotReadItsInput() {
        assertThatThrownBy(() ->
                        Command.of("sleep", "45")
                                .reading("x".repeat(1 << 20))
                                .within(Duration.ofMillis(200))
                                .run())
                .isInstanceOfSatisfying(
                        CommandException.class, e -> assertThat(e.isLate()).isTrue());
    }

    @Test
    void cutsALineThatDoesNotEnd() throws Exception {
        var result = Command.of("sh", "-c", "head -c 1000000 /dev/zero; echo; echo end").run();

        assertThat(result.out()).hasSize((64 << 10) + 1 + 4).endsWith("\nend\n");
    }

    @Test
    void readsAllOfALongOutput() throws Exception {
        var result = Command.of("sh", "-c", "seq 1 200000").run();

        assertThat(result.out()).hasLineCount(200_000).endsWith("\n200000\n");
    }
}

package dev.cove.doors;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cove.core.CoveException;
import dev.cove.core.port.GuestShell.Command;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RemoteCommandTest {
    private static Command command(String... words) {
        return new Command(
                List.of(words), Map.of(), Optional.empty(), Optional.empty(), Optional.empty());
    }

    private static Command as(String user, String... words) {
        return new Command(
                List.of(words), Map.of(), Optional.empty(), Optional.of(user), Optional.empty());
    }

    private static Command in(String folder) {
        return new Command(
                List.of("pwd"), Map.of(), Optional.of(folder), Optional.empty(), Optional.empty());
    }

    private static Command with(String variable) {
        return new Command(
                List.of("true"),
                Map.of(variable, "x"),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    private record Ran(String output, int code) {}

    private static Ran run(Command command) throws IOException, InterruptedException {
        var line = RemoteCommand.line(command, "root").orElseThrow();
        var process = new ProcessBuilder("/bin/sh", "-c", line).redirectErrorStream(true).start();
        var output = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        return new Ran(output, process.exitValue());
    }

    @Test
    void bringsEveryWordThroughARealShellAsItIs() throws Exception {
        var seed = new Random().nextLong();
        var random = new Random(seed);
        var awkward = "'\"\\$`!*?[]{}()<>|&;#~=%^ \t\n\r-aé€\u0001\u007f";
        for (var round = 0; round < 60; round++) {
            var words = new ArrayList<>(List.of("printf", "%s\\0"));
            for (var i = random.nextInt(1, 6); i > 0; i--) {
                var word = new StringBuilder();
                random.ints(random.nextInt(0, 30), 0, awkward.length())
                        .forEach(at -> word.append(awkward.charAt(at)));
                words.add(word.toString());
            }
            var expected = String.join("\0", words.subList(2, words.size())) + "\0";

            var ran = run(command(words.toArray(String[]::new)));

            assertThat(ran.output()).as("seed %d, round %d", seed, round).isEqualTo(expected);
        }
    }

    @Test
    void asksForTheLoginShellByNoCommandAtAll() {
        assertThat(RemoteCommand.line(command(), "root")).isEmpty();
        assertThat(RemoteCommand.line(as("root"), "root")).isEmpty();
    }

    @Test
    void endsWith125WhenTheFolderIsNotThere() throws Exception {
        assertThat(run(in("/no/such")).code()).isEqualTo(125);
        assertThat(run(in("-")).code()).isEqualTo(125);
        assertThat(run(in("/usr")).output()).isEqualTo("/usr\n");
    }

    @Test
    void endsWith127WhenThereIsNoSuchProgramAnd126WhenItCannotBeRun() throws Exception {
        assertThat(run(command("no-such-program")).code()).isEqualTo(127);
        assertThat(run(command("/etc/passwd")).code()).isEqualTo(126);
    }

    @Test
    void takesAProgramWithAnEqualsSignInItsNameForAProgram() throws Exception {
        assertThat(run(command("a=b")).code()).isEqualTo(127);
    }

    @Test
    void endsWith125WhenTheUserIsNotThere() throws Exception {
        assertThat(run(as("no-such-user", "true")).code()).isEqualTo(125);
    }

    @Test
    void refusesWhatCannotBePassedOn() {
        for (var faulty :
                List.of(
                        command("a\0b"),
                        command(""),
                        command("-x"),
                        command("x".repeat(200_000)),
                        with("1X"),
                        with("A B"),
                        with("A;reboot"),
                        with(""),
                        in(""),
                        as("a b", "true"),
                        as("-x", "true"),
                        as("$(reboot)", "true"))) {
            assertThatThrownBy(() -> RemoteCommand.line(faulty, "root"))
                    .isInstanceOfSatisfying(
                            CoveException.class,
                            e -> assertThat(e.kind()).isEqualTo(CoveException.Kind.INVALID));
        }
    }

    @Test
    void letsOnlyRootBecomeSomebodyElse() {
        assertThatThrownBy(() -> RemoteCommand.line(as("root", "id"), "debian"))
                .hasMessageContaining("only root");
        assertThat(RemoteCommand.line(as("debian", "id"), "debian")).hasValue("exec 'id'");
    }
}

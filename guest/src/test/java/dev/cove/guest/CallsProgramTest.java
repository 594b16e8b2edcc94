package dev.cove.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Runs the program here, with calls that change nothing.
class CallsProgramTest {
    @TempDir Path folder;

    @BeforeEach
    void canRunIt() {
        assumeTrue(
                System.getProperty("os.arch").equals("amd64"),
                "needs an x86-64 processor, for which the program is");
    }

    @Test
    void handsALineOn() throws Exception {
        assertThat(run("poweroff\nmore".getBytes(StandardCharsets.US_ASCII)))
                .isEqualTo(new Ended(0, "poweroff\n"));
    }

    @Test
    void takesALineWithoutEndForALine() throws Exception {
        var ended = run("x".repeat(1000).getBytes(StandardCharsets.US_ASCII));

        assertThat(ended).isEqualTo(new Ended(0, "x".repeat(127)));
    }

    @Test
    void handsTheTextOnAndMakesTheCalls() throws Exception {
        assertThat(run(new Calls("token=1\nanswer").end()))
                .isEqualTo(new Ended(0, "token=1\nanswer"));
    }

    @Test
    void endsWithWhatAFailureMeans() throws Exception {
        var calls = new Calls("token=1").pause(Duration.ofSeconds(-1));

        var ended = run(calls.end());

        assertThat(ended.out()).isEqualTo("token=1");
        assertThat(calls.meaning(ended.exit())).isEqualTo("it could not wait");
    }

    @Test
    void goesOnAfterAFailureThatMayBe() throws Exception {
        // Here the root is not frozen.
        assertThat(run(new Calls("token=1").thaw().end()).exit()).isZero();
    }

    @Test
    void takesTheNextLineWhenAListDoesNotEndIt() throws Exception {
        var list = new Calls().tellTime("1 \n").end();
        var input = Arrays.copyOf(list, list.length + 4);
        System.arraycopy("bye\n".getBytes(StandardCharsets.US_ASCII), 0, input, list.length, 4);

        assertThat(run(input)).isEqualTo(new Ended(0, "bye\n"));
    }

    @Test
    void refusesAListThatIsLongerThanItsRoom() throws Exception {
        var list = Arrays.copyOf("calls\n".getBytes(StandardCharsets.US_ASCII), 14);
        ByteBuffer.wrap(list).order(ByteOrder.LITTLE_ENDIAN).putLong(6, CallsProgram.ROOM + 1);

        assertThat(run(list)).isEqualTo(new Ended(254, ""));
    }

    @Test
    void endsWhenItsInputDoes() throws Exception {
        var list = new Calls("token=1").end();

        assertThat(run(Arrays.copyOf(list, list.length - 1))).isEqualTo(new Ended(255, ""));
    }

    private Ended run(byte[] input) throws IOException, InterruptedException {
        var program = Files.write(folder.resolve("calls"), CallsProgram.file());
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
        var file = Files.write(folder.resolve("input"), input);
        var process = new ProcessBuilder(program.toString()).redirectInput(file.toFile()).start();
        try {
            assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
            var out = process.getInputStream().readAllBytes();
            return new Ended(process.exitValue(), new String(out, StandardCharsets.US_ASCII));
        } finally {
            process.destroyForcibly();
        }
    }

    private record Ended(int exit, String out) {}
}

package dev.cove.daemon.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cove.daemon.config.Settings.Log;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.json.JsonMapper;

class LoggingTest {
    private static final String HOSTILE = "name\r\nforged\u001b[2J\u009b31m \"q\" \\ \u202e☃";
    private final PrintStream standardError = System.err;

    @AfterEach
    void giveBack() {
        System.setErr(standardError);
        Logging.start(new Log(Log.Level.WARN, Log.Format.PLAIN));
    }

    @Test
    void keepsAPlainMessageInItsLine() {
        var lines =
                log(
                        Log.Format.PLAIN,
                        () -> LoggerFactory.getLogger("dev.cove.x.Thing").info("{}", HOSTILE));

        assertThat(lines.lines()).hasSize(1);
        assertThat(lines)
                .matches("\\d{4}-\\d\\d-\\d\\dT[0-9:.]+Z INFO  Thing: [^\\p{Cntrl}]*\n")
                .contains("name\\r\\nforged\\u001b[2J\\u009b31m \"q\" \\ \\u202e☃");
    }

    @Test
    void writesJsonThatReadsBackAsItWas() {
        var lines =
                log(
                        Log.Format.JSON,
                        () ->
                                LoggerFactory.getLogger("dev.cove.x.Thing")
                                        .error("{}", HOSTILE, new IllegalStateException("a\nb")));

        assertThat(lines).doesNotContain("\u001b", "\u009b", "\r", "\u202e");
        assertThat(lines.lines()).hasSize(1);
        var event = JsonMapper.shared().readTree(lines);
        assertThat(event.get("message").asString()).isEqualTo(HOSTILE);
        assertThat(event.get("level").asString()).isEqualTo("error");
        assertThat(event.get("trace").asString()).contains("IllegalStateException: a\nb");
    }

    @Test
    void boundsAMessage() {
        var lines =
                log(
                        Log.Format.PLAIN,
                        () ->
                                LoggerFactory.getLogger("dev.cove.x")
                                        .info("{}", "x".repeat(100_000)));

        assertThat(lines.length()).isLessThan(10_000);
    }

    @Test
    void leavesOutWhatIsBelowTheLevelAndTheChatterOfLibraries() {
        var lines =
                log(
                        Log.Format.PLAIN,
                        () -> {
                            LoggerFactory.getLogger("dev.cove.x").debug("hidden");
                            LoggerFactory.getLogger("org.library").info("hidden");
                            LoggerFactory.getLogger("org.library").warn("shown");
                        });

        assertThat(lines).doesNotContain("hidden").contains("shown");
    }

    private static String log(Log.Format format, Runnable act) {
        var bytes = new ByteArrayOutputStream();
        System.setErr(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        Logging.start(new Log(Log.Level.INFO, format));
        act.run();
        return bytes.toString(StandardCharsets.UTF_8);
    }
}

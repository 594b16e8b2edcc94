package dev.cove.daemon.config;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.encoder.EncoderBase;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;

/// One event of the log as bytes. What guests and callers wrote may stand in a message: nothing in
/// it ends a line, moves a cursor or colours a terminal, and none is endless.
abstract sealed class LogLine extends EncoderBase<ILoggingEvent> {
    private static final int LONGEST_MESSAGE = 8_000;
    private static final int LONGEST_TRACE = 16_000;

    @Override
    public byte[] headerBytes() {
        return new byte[0];
    }

    @Override
    public byte[] footerBytes() {
        return new byte[0];
    }

    @Override
    public byte[] encode(ILoggingEvent event) {
        return line(event).getBytes(StandardCharsets.UTF_8);
    }

    abstract String line(ILoggingEvent event);

    static Instant time(ILoggingEvent event) {
        return event.getInstant().truncatedTo(ChronoUnit.MILLIS);
    }

    static String message(ILoggingEvent event) {
        return cut(String.valueOf(event.getFormattedMessage()), LONGEST_MESSAGE);
    }

    static String trace(ILoggingEvent event) {
        var thrown = event.getThrowableProxy();
        return thrown == null ? "" : cut(ThrowableProxyUtil.asString(thrown), LONGEST_TRACE);
    }

    private static String cut(String text, int limit) {
        return text.length() <= limit ? text : text.substring(0, limit) + "…";
    }

    /// `\n`, `\r`, `\t` or a code of four digits for whatever is no visible character.
    static String escaped(String text, boolean asJson) {
        var plain = new StringBuilder(text.length() + 16);
        text.chars().forEach(c -> append(plain, (char) c, asJson));
        return plain.toString();
    }

    private static void append(StringBuilder plain, char c, boolean asJson) {
        switch (c) {
            case '\n' -> plain.append("\\n");
            case '\r' -> plain.append("\\r");
            case '\t' -> plain.append("\\t");
            case '"', '\\' -> plain.append(asJson ? "\\" : "").append(c);
            default -> {
                if (isVisible(c)) {
                    plain.append(c);
                } else {
                    plain.append("\\u%04x".formatted((int) c));
                }
            }
        }
    }

    private static boolean isVisible(char c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.UNASSIGNED,
                    Character.PRIVATE_USE,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR ->
                    false;
            default -> true;
        };
    }

    /// `2026-01-02T12:00:00Z INFO store: what happened`, stack traces in lines of their own that
    /// begin with a blank.
    static final class Plain extends LogLine {
        @Override
        String line(ILoggingEvent event) {
            var text = new StringBuilder();
            text.append(time(event))
                    .append(' ')
                    .append("%-5s".formatted(event.getLevel()))
                    .append(' ')
                    .append(shortened(event.getLoggerName()))
                    .append(": ")
                    .append(escaped(message(event), false))
                    .append('\n');
            trace(event)
                    .lines()
                    .forEach(l -> text.append("  ").append(escaped(l, false)).append('\n'));
            return text.toString();
        }

        private static String shortened(String logger) {
            return logger.substring(logger.lastIndexOf('.') + 1);
        }
    }

    /// One JSON object in a line: `time`, `level`, `logger`, `thread`, `message`, and `trace` if
    /// there is one.
    static final class Json extends LogLine {
        @Override
        String line(ILoggingEvent event) {
            var text = new StringBuilder("{");
            field(text, "time", time(event).toString());
            field(text, "level", event.getLevel().toString().toLowerCase(Locale.ROOT));
            field(text, "logger", event.getLoggerName());
            field(text, "thread", event.getThreadName());
            field(text, "message", message(event));
            var trace = trace(event);
            if (!trace.isEmpty()) {
                field(text, "trace", trace);
            }
            return text.append("}\n").toString();
        }

        private static void field(StringBuilder text, String name, String value) {
            text.append(text.length() == 1 ? "\"" : ",\"")
                    .append(name)
                    .append("\":\"")
                    .append(escaped(value, true))
                    .append('"');
        }
    }
}

package dev.cove.core;

import java.time.Duration;
import java.util.regex.Pattern;

/// Durations as people write them: `500ms`, `30s`, `10m`, `2h`, or plain seconds.
public final class Durations {
    private static final Pattern FORM = Pattern.compile("(\\d{1,9})(ms|s|m|h|)");

    private Durations() {}

    /// @throws CoveException INVALID when the text is no duration
    public static Duration parse(String text) {
        var form = FORM.matcher(text.strip());
        if (!form.matches()) {
            throw CoveException.invalid(
                    "not a duration: \""
                            + Printable.of(text, 40)
                            + "\"; write it as 30s, 10m, 2h or 500ms");
        }
        var count = Long.parseLong(form.group(1));
        return switch (form.group(2)) {
            case "ms" -> Duration.ofMillis(count);
            case "m" -> Duration.ofMinutes(count);
            case "h" -> Duration.ofHours(count);
            default -> Duration.ofSeconds(count);
        };
    }

    /// The shortest exact form that `parse` reads; what is below a millisecond is left out.
    public static String text(Duration duration) {
        var millis = duration.toMillis();
        if (millis % 1000 != 0) {
            return millis + "ms";
        }
        var seconds = millis / 1000;
        if (seconds == 0 || seconds % 60 != 0) {
            return seconds + "s";
        }
        return seconds % 3600 == 0 ? seconds / 3600 + "h" : seconds / 60 + "m";
    }
}

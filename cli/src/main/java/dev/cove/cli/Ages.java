package dev.cove.cli;

import java.time.Duration;
import java.time.Instant;

/// How long ago something was, as people say it.
final class Ages {
    private Ages() {}

    static String of(Instant then, Instant now) {
        var seconds = Duration.between(then, now).toSeconds();
        if (seconds < 0) {
            return "in the future";
        }
        if (seconds < 60) {
            return count(seconds, "second");
        }
        if (seconds < 3600) {
            return count(seconds / 60, "minute");
        }
        if (seconds < 86_400) {
            return count(seconds / 3600, "hour");
        }
        return seconds < 86_400 * 60
                ? count(seconds / 86_400, "day")
                : count(seconds / (86_400 * 30), "month");
    }

    private static String count(long count, String unit) {
        return count + " " + unit + (count == 1 ? "" : "s") + " ago";
    }
}

package dev.cove.daemon.config;

import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import tools.jackson.core.io.JsonStringEncoder;

/// Writes settings as the YAML file that would set them, with where each one came from.
final class Print {
    private static final Pattern PLAIN =
            Pattern.compile("[A-Za-z/][A-Za-z0-9/_.+-]*|\\d+[KMGTsmh]?");

    /// Words that YAML, or we, take for something else than themselves.
    private static final Set<String> SPECIAL = Set.of("none", "null");

    private Print() {}

    static String yaml(Map<Key, Value> values) {
        var text = new StringBuilder();
        var section = "";
        for (var entry : values.entrySet()) {
            var path = entry.getKey().path();
            var dot = path.indexOf('.');
            var its = dot < 0 ? "" : path.substring(0, dot);
            if (!its.equals(section) && !its.isEmpty()) {
                text.append(its).append(":\n");
            }
            section = its;
            text.append(dot < 0 ? "" : "  ")
                    .append(path.substring(dot + 1))
                    .append(": ")
                    .append(quoted(entry.getValue().text()))
                    .append("  # ")
                    .append(entry.getValue().source())
                    .append('\n');
        }
        return text.toString();
    }

    /// YAML takes JSON's strings as they are.
    private static String quoted(String text) {
        return PLAIN.matcher(text).matches() && !SPECIAL.contains(text)
                ? text
                : "\"" + new String(JsonStringEncoder.getInstance().quoteAsCharArray(text)) + "\"";
    }
}

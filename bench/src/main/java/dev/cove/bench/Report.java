package dev.cove.bench;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/// All figures of one run, for people and for programs.
///
/// @param host what they were measured on, in a few words
record Report(Instant when, String host, List<Figure> figures) {
    Report {
        figures = List.copyOf(figures);
    }

    static String millis(Duration duration) {
        return String.format(Locale.ROOT, "%.1f", duration.toNanos() / 1e6);
    }

    /// A Markdown table with the raw figures beside the ratios.
    String table() {
        var table = new StringBuilder("| figure | outcome | | side: median / p95 ms (runs) |\n");
        table.append("|---|---|---|---|\n");
        for (var figure : figures) {
            var sides = figure.samples().stream().map(Report::side).toList();
            table.append("| ")
                    .append(figure.name())
                    .append(" | ")
                    .append(figure.outcome())
                    .append(" | ")
                    .append(figure.verdict())
                    .append(" | ")
                    .append(String.join("; ", sides))
                    .append(" |\n");
        }
        return table.toString();
    }

    private static String side(Samples samples) {
        return samples.side()
                + ": "
                + millis(samples.median())
                + " / "
                + millis(samples.percentile(0.95))
                + " ("
                + samples.runs().size()
                + ")";
    }

    /// The same as a JSON document, with every single run in milliseconds.
    String json() {
        var list = new ArrayList<Map<String, Object>>();
        for (var figure : figures) {
            var sides = new LinkedHashMap<String, Object>();
            for (var samples : figure.samples()) {
                sides.put(
                        samples.side(),
                        samples.runs().stream().map(run -> run.toNanos() / 1e6).toList());
            }
            var fields = new LinkedHashMap<String, Object>();
            fields.put("name", figure.name());
            fields.put("outcome", figure.outcome());
            fields.put("reached", figure.reached());
            fields.put("runs_ms", sides);
            list.add(fields);
        }
        var document = new LinkedHashMap<String, Object>();
        document.put("when", when.toString());
        document.put("host", host);
        document.put("figures", list);
        return JsonMapper.shared().writerWithDefaultPrettyPrinter().writeValueAsString(document);
    }
}

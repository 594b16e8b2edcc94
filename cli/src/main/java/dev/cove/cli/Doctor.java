package dev.cove.cli;

import dev.cove.client.Json;
import dev.cove.core.Printable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// `cove doctor`.
final class Doctor implements Verb {
    @Override
    public CommandSpec spec() {
        return Options.examples(
                Options.withFormat(
                        Options.spec(
                                "Say what works on the daemon's machine, and how to mend what does"
                                        + " not.",
                                "For administrators. Exit code 1 when something will not work.")),
                "cove doctor");
    }

    @Override
    public int run(ParseResult given, Surroundings here) {
        var json = Options.wantsJson(given);
        Json findings;
        try (var _ = Progress.start(here, "looking …", json, e -> "")) {
            findings = here.client().doctor();
        }
        var worst = 0;
        for (var finding : findings.items()) {
            var level = finding.at("level").text("");
            worst = level.equals("problem") ? 1 : worst;
            if (!json) {
                print(level, finding, here);
            }
        }
        if (json) {
            here.stdout().println(findings.pretty());
        }
        return worst;
    }

    private static void print(String level, Json finding, Surroundings here) {
        var mark =
                switch (level) {
                    case "ok" -> "ok      ";
                    case "note" -> "note    ";
                    default -> "PROBLEM ";
                };
        here.stdout()
                .println(
                        mark
                                + Printable.of(finding.at("subject").text(""), 80)
                                + ": "
                                + Printable.of(finding.at("says").text(""), 1000));
        var remedy = finding.at("remedy").text("");
        if (!remedy.isEmpty()) {
            here.stdout().println("        → " + Printable.of(remedy, 1000));
        }
    }
}

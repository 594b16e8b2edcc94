package dev.cove.cli;

import dev.cove.client.Json;
import dev.cove.core.CoveException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// `cove version`.
final class Version implements Verb {
    @Override
    public CommandSpec spec() {
        return Options.examples(
                Options.withFormat(
                        Options.spec("Print the versions of this command and of its daemon.")),
                "cove version");
    }

    @Override
    public int run(ParseResult given, Surroundings here) throws IOException {
        var json = Options.wantsJson(given);
        var own = own();
        var daemon = daemon(here);
        if (json) {
            var versions = Json.fields().put("cove", own).put("daemon", daemon);
            here.stdout().println(versions.build().pretty());
        } else {
            here.stdout().println("cove " + own);
            here.stdout().println("daemon " + daemon.orElse("does not answer"));
        }
        return 0;
    }

    private static String own() throws IOException {
        try (var text = Version.class.getResourceAsStream("version")) {
            return text == null
                    ? "unknown"
                    : new String(text.readAllBytes(), StandardCharsets.UTF_8).strip();
        }
    }

    private static Optional<String> daemon(Surroundings here) {
        try {
            return here.client().version().at("version").text();
        } catch (CoveException e) {
            // A version is asked for above all when something does not work.
            return Optional.empty();
        }
    }
}

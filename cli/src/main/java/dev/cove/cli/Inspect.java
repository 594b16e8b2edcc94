package dev.cove.cli;

import dev.cove.client.Json;
import dev.cove.core.CoveException;
import java.util.ArrayList;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// `cove inspect`.
final class Inspect implements Verb {
    @Override
    public CommandSpec spec() {
        return Options.examples(
                Options.withFormat(
                        Options.spec(
                                        "Show all that is known of VMs, as JSON.",
                                        "An object for one VM, an array for several.")
                                .addPositional(
                                        Options.arguments(0, "VM", "1..*", "names or ids of VMs"))),
                "cove inspect web",
                "cove inspect web | jq .timings");
    }

    @Override
    public int run(ParseResult given, Surroundings here) {
        var client = here.client();
        var found = new ArrayList<Json>();
        var exit = 0;
        for (var name : Options.arguments(given, 0)) {
            try {
                found.add(client.vm(name).source());
            } catch (CoveException e) {
                Each.say(e, here, Options.wantsJson(given));
                exit = 1;
            }
        }
        if (Options.arguments(given, 0).size() > 1) {
            here.stdout().println(new Json.Items(found).pretty());
        } else if (!found.isEmpty()) {
            here.stdout().println(found.getFirst().pretty());
        }
        return exit;
    }
}

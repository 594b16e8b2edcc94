package dev.cove.cli;

import dev.cove.core.CoveException;
import dev.cove.core.Printable;
import java.util.StringJoiner;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// `cove events`.
final class Events implements Verb {
    @Override
    public CommandSpec spec() {
        return Options.examples(
                Options.withFormat(
                        Options.spec(
                                        "Show what happens, as it happens. With --json, one object a line.")
                                .addOption(
                                        Options.value(
                                                "NUMBER",
                                                "begin after this event, as far as it is kept",
                                                "--after"))),
                "cove events",
                "cove events --json | jq -r 'select(.type == \"vm.state\") | .details.state'");
    }

    @Override
    public int run(ParseResult given, Surroundings here) {
        var json = Options.wantsJson(given);
        try (var events = here.client().events(Options.text(given, "--after"))) {
            for (var event = events.next(); event.isPresent(); event = events.next()) {
                here.stdout().println(json ? event.get().data() : line(event.get()));
                if (here.stdout().checkError()) {
                    return 1;
                }
            }
        }
        throw CoveException.unavailable("the daemon has ended the stream of events");
    }

    private static String line(dev.cove.client.EventStream.Happening event) {
        var words = new StringJoiner("  ");
        words.add(event.data().at("at").text("")).add(event.type());
        words.add(event.data().at("subject").text(""));
        event.data()
                .at("details")
                .members()
                .forEach((k, v) -> words.add(k + "=" + Printable.of(v.text(""), 200)));
        return words.toString();
    }
}

package dev.cove.cli;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// `cove rename`.
final class Rename implements Verb {
    @Override
    public CommandSpec spec() {
        return Options.examples(
                Options.withFormat(
                        Options.spec("Give a VM another name. It may be running.")
                                .addPositional(Options.argument(0, "VM", "its name or id"))
                                .addPositional(Options.argument(1, "NEW", "its new name"))),
                "cove rename web web-old");
    }

    @Override
    public int run(ParseResult given, Surroundings here) {
        var json = Options.wantsJson(given);
        var vm = here.client().rename(Options.argument(given, 0), Options.argument(given, 1));
        here.stdout().println(json ? vm.source().pretty() : vm.name());
        return 0;
    }
}

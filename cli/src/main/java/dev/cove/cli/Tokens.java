package dev.cove.cli;

import dev.cove.client.Json;
import java.time.Instant;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// `cove token …`.
final class Tokens {
    private Tokens() {}

    /// `cove token create`.
    static final class Create implements Verb {
        @Override
        public CommandSpec spec() {
            return Options.examples(
                    Options.withFormat(
                            Options.spec(
                                            "Make a token, and print it this once.",
                                            "Whoever has it may do over TCP what its owner may.")
                                    .addPositional(
                                            Options.optionalArgument(
                                                    0,
                                                    "NAME",
                                                    "to find it again (default: token- and the"
                                                            + " time)"))
                                    .addOption(
                                            Options.value(
                                                    "OWNER",
                                                    "whom its VMs belong to (default: you)",
                                                    "--owner"))
                                    .addOption(
                                            Options.flag(
                                                    "it may do everything", "--administrator"))),
                    "cove token create laptop > token && chmod 600 token",
                    "cove token create --owner ci runner");
        }

        @Override
        public int run(ParseResult given, Surroundings here) {
            var json = Options.wantsJson(given);
            var name = Options.argument(given, 0);
            var token =
                    here.client()
                            .createToken(
                                    name.isEmpty()
                                            ? "token-" + here.clock().instant().getEpochSecond()
                                            : name,
                                    Options.text(given, "--owner"),
                                    Options.flag(given, "--administrator"));
            here.stdout().println(json ? token.pretty() : token.at("secret").text(""));
            return 0;
        }
    }

    /// `cove token ls`.
    static final class List implements Verb {
        @Override
        public CommandSpec spec() {
            return Options.examples(
                    Options.withFormat(Options.spec("List tokens, without their secrets.")),
                    "cove token ls");
        }

        @Override
        public int run(ParseResult given, Surroundings here) {
            var json = Options.wantsJson(given);
            var tokens = here.client().tokens();
            if (json) {
                here.stdout().println(tokens.pretty());
                return 0;
            }
            var table = new Table("NAME", "OWNER", "ADMINISTRATOR", "CREATED");
            for (var token : tokens.items()) {
                table.row(
                        token.at("name").text(""),
                        token.at("owner").text(""),
                        token.at("administrator").flag() ? "yes" : "no",
                        created(token, here).orElse(""));
            }
            table.print(here.stdout());
            return 0;
        }

        private static Optional<String> created(Json token, Surroundings here) {
            return token.at("created")
                    .text()
                    .map(t -> Ages.of(Instant.parse(t), here.clock().instant()));
        }
    }

    /// `cove token rm`.
    static final class Remove implements Verb {
        @Override
        public CommandSpec spec() {
            return Options.examples(
                    Options.withFormat(
                            Options.spec("Take tokens back. What has them may do nothing any more.")
                                    .addPositional(
                                            Options.arguments(0, "NAME", "1..*", "of tokens"))),
                    "cove token rm laptop");
        }

        @Override
        public int run(ParseResult given, Surroundings here) throws InterruptedException {
            var client = here.client();
            return Each.of(
                    Options.arguments(given, 0),
                    here,
                    Options.wantsJson(given),
                    name -> {
                        client.removeToken(name);
                        return Each.Said.line(name);
                    });
        }
    }
}

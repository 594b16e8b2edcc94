package dev.cove.cli;

import dev.cove.core.CoveException;
import java.io.IOException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// `cove proxy`: a port of a VM on standard input and output. What `cove ssh` gives to ssh.
final class Proxy implements Verb {
    @Override
    public CommandSpec spec() {
        return Options.examples(
                Options.spec("Connect standard input and output to a port of a VM.")
                        .addPositional(Options.argument(0, "VM", "its name or id"))
                        .addPositional(Options.argument(1, "PORT", "TCP, 1 to 65535")),
                "ssh -o ProxyCommand='cove proxy web 22' root@web");
    }

    @Override
    public int run(ParseResult given, Surroundings here) throws IOException {
        var port = port(Options.argument(given, 1));
        try (var tunnel = here.client().proxy(Options.argument(given, 0), port)) {
            Pump.join(tunnel, here.stdin(), here.stdout());
        }
        return 0;
    }

    private static int port(String text) {
        if (!text.matches("\\d{1,5}") || Integer.parseInt(text) > 65_535) {
            throw CoveException.invalid("not a port: \"" + text + "\"; use 1 to 65535");
        }
        return Integer.parseInt(text);
    }
}

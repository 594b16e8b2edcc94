package dev.cove.cli;

import dev.cove.core.CoveException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// `cove daemon`: only its help is here; the launcher starts the daemon itself, which has a
/// classpath of its own.
final class Daemon implements Verb {
    @Override
    public CommandSpec spec() {
        return Options.examples(
                Options.spec(
                        "Run the daemon in the foreground.",
                        "Its own options: cove daemon --help."),
                "sudo cove daemon",
                "sudo cove daemon --data /srv/cove --listen 127.0.0.1:7777",
                "cove daemon --print-config");
    }

    @Override
    public int run(ParseResult given, Surroundings here) {
        throw CoveException.unavailable(
                "the daemon has to be started by the launcher: run the script `cove`");
    }
}

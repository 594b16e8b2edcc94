package dev.cove.cli;

import dev.cove.client.ExecCommand;
import dev.cove.client.ExecSession;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// `cove exec`: a command in a VM with the streams of this one, over the daemon's own connection.
final class Exec implements Verb {
    @Override
    public CommandSpec spec() {
        var spec =
                Options.spec(
                                "Run a command in a VM; without one, the user's login shell.",
                                "Standard input, output, error and the exit code pass through. With"
                                        + " a terminal at both ends of this command, the one in the"
                                        + " VM gets one, too.",
                                "Exit code: the command's, or 125 when Cove itself failed.")
                        .addPositional(Options.argument(0, "VM", "its name or id"))
                        .addPositional(Options.arguments(1, "COMMAND", "0..*", "what to run"))
                        .addOption(
                                Options.flag(
                                        "keep standard input open (it always is)",
                                        "-i",
                                        "--interactive"))
                        .addOption(
                                Options.flag(
                                        "ask for a terminal, even without one here", "-t", "--tty"))
                        .addOption(Options.flag("ask for no terminal", "-T", "--no-tty"))
                        .addOption(Options.values("KEY=VALUE", "set a variable", "-e", "--env"))
                        .addOption(Options.value("FOLDER", "where to run it", "-w", "--workdir"))
                        .addOption(Options.value("USER", "who runs it", "-u", "--user"));
        spec.parser().stopAtPositional(true).posixClusteredShortOptionsAllowed(true);
        return Options.examples(
                spec,
                "cove exec web -- uname -a",
                "cove exec -it web bash",
                "cove exec -u postgres -w /tmp -e LANG=C db -- psql -c 'select 1'",
                "echo hello | cove exec web -- tee /tmp/hello");
    }

    @Override
    public int failure() {
        return 125;
    }

    @Override
    public int run(ParseResult given, Surroundings here) throws IOException, InterruptedException {
        var command = command(given);
        var hasTerminal = here.isTerminal(0) && here.isTerminal(1);
        if (hasTerminal && !Options.flag(given, "--no-tty")) {
            try (var terminal = Terminal.open()) {
                return inTerminal(given, command, terminal, here);
            }
        }
        var asked = Options.flag(given, "--tty") && !Options.flag(given, "--no-tty");
        var window = new ExecCommand.Window("xterm", 80, 24);
        return plain(
                given, new Words(command, asked ? Optional.of(window) : Optional.empty()), here);
    }

    /// The words after the VM's name, without the `--` that may stand between.
    static List<String> command(ParseResult given) {
        var words = Options.arguments(given, 1);
        return !words.isEmpty() && words.getFirst().equals("--")
                ? words.subList(1, words.size())
                : words;
    }

    private record Words(List<String> arguments, Optional<ExecCommand.Window> window) {}

    private static ExecCommand request(ParseResult given, Words words) {
        Map<String, String> environment = new HashMap<>(Options.pairs(given, "--env"));
        return new ExecCommand(
                words.arguments(),
                environment,
                Options.text(given, "--workdir"),
                Options.text(given, "--user"),
                words.window());
    }

    private static int plain(ParseResult given, Words words, Surroundings here) {
        var client = here.client();
        try (var session = client.exec(Options.argument(given, 0), request(given, words))) {
            feed(session, here);
            return session.run(here.stdout(), here.stderr());
        }
    }

    private static int inTerminal(
            ParseResult given, List<String> command, Terminal terminal, Surroundings here) {
        var size = terminal.size();
        var type = here.environment().getOrDefault("TERM", "xterm");
        var window = new ExecCommand.Window(type, size.columns(), size.rows());
        var request = request(given, new Words(command, Optional.of(window)));
        try (var session = here.client().exec(Options.argument(given, 0), request)) {
            terminal.makeRaw();
            feed(session, here);
            terminal.onResize(changed -> {
                try {
                    session.resize(changed.columns(), changed.rows());
                    return true;
                } catch (IOException e) {
                    return false; // the session has ended, and with it the watching
                }
            });
            return session.run(here.stdout(), here.stderr());
        }
    }

    /// Copies standard input to the command, on a thread that ends with the process: reading it
    /// cannot be interrupted.
    private static void feed(ExecSession session, Surroundings here) {
        Thread.ofPlatform()
                .daemon()
                .name("stdin")
                .start(() -> {
                    try {
                        var block = new byte[32 << 10];
                        var in = here.stdin();
                        for (var n = in.read(block); n >= 0; n = in.read(block)) {
                            session.input(block, 0, n);
                        }
                        session.endInput();
                    } catch (IOException e) {
                        // The command has ended first, and took no more input.
                        return;
                    }
                });
    }
}

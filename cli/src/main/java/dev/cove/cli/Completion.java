package dev.cove.cli;

import dev.cove.core.CoveException;
import dev.cove.core.Nearest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// `cove completion`: the script that asks `Candidates` at each press of the key.
final class Completion implements Verb {
    private static final List<String> SHELLS = List.of("bash", "zsh", "fish");

    @Override
    public CommandSpec spec() {
        return Options.examples(
                Options.spec(
                                "Print a completion script for a shell: bash, zsh or fish.",
                                "It completes verbs, options, and the names of VMs, images and"
                                        + " tokens, as the daemon knows them.")
                        .addPositional(Options.argument(0, "SHELL", "bash, zsh or fish")),
                "source <(cove completion bash)                 # in ~/.bashrc",
                "source <(cove completion zsh)                  # in ~/.zshrc",
                "cove completion fish > ~/.config/fish/completions/cove.fish");
    }

    @Override
    public int run(ParseResult given, Surroundings here) throws IOException {
        var shell = Options.argument(given, 0);
        if (!SHELLS.contains(shell)) {
            throw CoveException.invalid(
                    "no completion for shell \""
                            + shell
                            + "\""
                            + Nearest.hint(shell, SHELLS)
                            + "; use bash, zsh or fish");
        }
        var name = "completion." + shell;
        try (var script = Objects.requireNonNull(Completion.class.getResourceAsStream(name))) {
            here.stdout().print(new String(script.readAllBytes(), StandardCharsets.UTF_8));
        }
        return 0;
    }
}

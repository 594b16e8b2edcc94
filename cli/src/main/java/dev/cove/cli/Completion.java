package dev.cove.cli;

import dev.cove.core.CoveException;
import dev.cove.core.Nearest;
import java.util.List;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// `cove completion`.
final class Completion implements Verb {
    private static final List<String> SHELLS = List.of("bash", "zsh", "fish");

    @Override
    public CommandSpec spec() {
        return Options.examples(
                Options.spec("Print a completion script for a shell: bash, zsh or fish.")
                        .addPositional(Options.argument(0, "SHELL", "bash, zsh or fish")),
                "source <(cove completion bash)",
                "cove completion zsh > ~/.zfunc/_cove",
                "cove completion fish > ~/.config/fish/completions/cove.fish");
    }

    @Override
    public int run(ParseResult given, Surroundings here) {
        var shell = Options.argument(given, 0);
        var script =
                switch (shell) {
                    // picocli's script for bash switches bash's completion on in zsh by itself.
                    case "bash", "zsh" -> AutoComplete.bash("cove", tree());
                    case "fish" -> fish();
                    default ->
                            throw CoveException.invalid(
                                    "no completion for shell \""
                                            + shell
                                            + "\""
                                            + Nearest.hint(shell, SHELLS)
                                            + "; use bash, zsh or fish");
                };
        here.stdout().print(script);
        return 0;
    }

    private static CommandLine tree() {
        return new CommandLine(withVerbs(CommandSpec.create().name("cove"), Verbs.all()));
    }

    private static CommandSpec withVerbs(CommandSpec above, Verbs verbs) {
        for (var entry : verbs.shown()) {
            var spec =
                    entry.group().isPresent()
                            ? withVerbs(CommandSpec.create(), entry.group().get().get())
                            : entry.verb().orElseThrow().get().spec();
            spec.aliases(entry.aliases().toArray(String[]::new));
            above.addSubcommand(entry.name(), spec);
        }
        return above;
    }

    private static String fish() {
        var script = new StringBuilder("# fish completion for cove\ncomplete -c cove -f\n");
        for (var entry : Verbs.all().shown()) {
            verb(script, "__fish_use_subcommand", entry);
            var after = "__fish_seen_subcommand_from " + entry.name();
            entry.group().ifPresent(g -> g.get().shown().forEach(sub -> verb(script, after, sub)));
            entry.verb().ifPresent(v -> options(script, after, v.get().spec()));
        }
        var vms =
                "inspect ssh exec logs console start stop restart sleep wake fork destroy rename cp";
        script.append("complete -c cove -n '__fish_seen_subcommand_from ")
                .append(vms)
                .append("' -a '(cove ls -q 2>/dev/null)'\n")
                .append(
                        "complete -c cove -n '__fish_seen_subcommand_from snapshot' -a '(cove ls -q")
                .append(" 2>/dev/null)'\n");
        return script.toString();
    }

    private static void verb(StringBuilder script, String when, Verbs.Entry entry) {
        script.append(
                "complete -c cove -n '%s' -a %s -d '%s'%n"
                        .formatted(when, entry.name(), entry.summary().replace("'", "")));
    }

    private static void options(StringBuilder script, String when, CommandSpec spec) {
        for (var option : spec.options()) {
            script.append("complete -c cove -n '").append(when).append('\'');
            for (var name : option.names()) {
                script.append(name.startsWith("--") ? " -l " : " -s ")
                        .append(name.replaceFirst("^-+", ""));
            }
            if (option.arity().max() > 0) {
                script.append(" -r");
            }
            script.append(" -d '").append(String.join(" ", option.description()).replace("'", ""));
            script.append("'\n");
        }
    }
}

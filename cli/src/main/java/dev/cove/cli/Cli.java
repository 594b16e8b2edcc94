package dev.cove.cli;

import dev.cove.client.Json;
import dev.cove.core.CoveException;
import dev.cove.core.Nearest;
import dev.cove.core.Printable;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/// Finds the verb, reads its arguments, runs it, and says what went wrong: one line on standard
/// error that starts with `cove: `, exit code 1 for a failure and 2 for a command line that makes
/// no sense.
final class Cli {
    private static final int USAGE = 2;

    private final Surroundings here;

    Cli(Surroundings here) {
        this.here = here;
    }

    int run(String... words) {
        var exit = find(Verbs.all(), "cove", List.of(words));
        here.stdout().flush();
        here.stderr().flush();
        if (here.stdout().checkError() && exit == 0) {
            return 1;
        }
        return exit;
    }

    private int find(Verbs verbs, String path, List<String> words) {
        if (words.isEmpty() && !path.equals("cove")) {
            Overview.print(verbs, path, here.stderr());
            return usage("a verb is missing after " + path + ": " + verbs.names());
        }
        var word = words.isEmpty() ? "--help" : words.getFirst();
        var rest = words.subList(Math.min(1, words.size()), words.size());
        if (word.equals("--help") || word.equals("-h")) {
            Overview.print(verbs, path, here.stdout());
            return 0;
        }
        if (word.equals("help")) {
            return find(verbs, path, withHelp(rest));
        }
        if (word.equals("--version") || word.equals("-V")) {
            return find(verbs, path, List.of("version"));
        }
        var entry = verbs.find(word);
        if (entry.isEmpty()) {
            return usage(
                    "there is no \""
                            + path
                            + " "
                            + Printable.of(word, 40)
                            + "\""
                            + Nearest.to(word, verbs.words())
                                    .map(near -> "; did you mean \"" + near + "\"?")
                                    .orElse(
                                            path.equals("cove")
                                                    ? ""
                                                    : "; there are: " + verbs.names())
                            + "; see: "
                            + path
                            + " --help");
        }
        var below = path + " " + entry.get().name();
        var group = entry.get().group();
        return group.isPresent()
                ? find(group.get().get(), below, rest)
                : run(entry.get().verb().orElseThrow().get(), below, rest);
    }

    private static List<String> withHelp(List<String> words) {
        var all = new java.util.ArrayList<>(words);
        all.add("--help");
        return all;
    }

    private int run(Verb verb, String path, List<String> words) {
        var line = commandLine(verb, path);
        try {
            var given = line.parseArgs(words.toArray(String[]::new));
            if (given.isUsageHelpRequested()) {
                line.usage(here.stdout(), Ansi.OFF);
                return 0;
            }
            return run(verb, given, asksForJson(words));
        } catch (ParameterException e) {
            return Math.max(
                    usage(explain(e, line) + "; see: " + path + " --help"),
                    verb.failure() == 1 ? USAGE : verb.failure());
        }
    }

    static CommandLine commandLine(Verb verb, String path) {
        return new CommandLine(verb.spec().name(path))
                .setUsageHelpAutoWidth(false)
                .setInterpolateVariables(false)
                .setExpandAtFiles(false);
    }

    private int run(Verb verb, ParseResult given, boolean json) {
        try {
            return verb.run(given, here);
        } catch (CoveException e) {
            report(e, json);
            return verb.failure() != 1 || e.kind() != CoveException.Kind.INVALID
                    ? verb.failure()
                    : USAGE;
        } catch (IOException e) {
            report(CoveException.unavailable(e.toString(), e), json);
            return verb.failure();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return verb.failure();
        }
    }

    /// Errors are objects where output is; asked of the words themselves, since what failed may be
    /// the reading of them.
    private static boolean asksForJson(List<String> words) {
        for (var i = 0; i < words.size() && !words.get(i).equals("--"); i++) {
            var word = words.get(i);
            var after = i + 1 < words.size() ? words.get(i + 1) : "";
            if (Arrays.asList("--json", "--format=json", "-ojson", "-o=json").contains(word)
                    || ((word.equals("-o") || word.equals("--format")) && after.equals("json"))) {
                return true;
            }
        }
        return false;
    }

    private void report(CoveException e, boolean json) {
        if (json) {
            var error =
                    Json.fields().put("kind", e.kind().name()).put("detail", e.sentence()).build();
            here.stderr().println(Json.fields().put("error", error).build());
        } else {
            here.stderr().println("cove: " + Each.line(e));
        }
    }

    private int usage(String sentence) {
        here.stderr().println("cove: " + sentence);
        return USAGE;
    }

    private static String explain(ParameterException e, CommandLine line) {
        if (e instanceof UnmatchedArgumentException unmatched) {
            var word = unmatched.getUnmatched().getFirst();
            if (word.startsWith("-")) {
                var name = word.replaceFirst("=.*", "");
                return "unknown option "
                        + Printable.of(name, 40)
                        + Nearest.hint(name, line.getCommandSpec().optionsMap().keySet());
            }
            return "one argument too many: \"" + Printable.of(word, 80) + "\"";
        }
        var message = String.valueOf(e.getMessage()).replaceAll("\\s+", " ");
        return message.isEmpty()
                ? "the arguments make no sense"
                : Character.toLowerCase(message.charAt(0))
                        + Printable.of(message.substring(1), 300);
    }
}

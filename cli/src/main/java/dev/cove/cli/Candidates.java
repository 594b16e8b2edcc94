package dev.cove.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/// `cove __complete -- WORD…`: what could stand in place of the last word, for the scripts of `cove
/// completion`. The first line is `files` when files could stand there, too, else `words`; each
/// line behind it is a candidate, a tab, and what it is.
final class Candidates implements Verb {
    /// @param files whether files of this machine fit as well
    record Offer(boolean files, List<Candidate> words) {
        static final Offer NOTHING = new Offer(false, List.of());
        static final Offer FILES = new Offer(true, List.of());

        static Offer of(List<Candidate> words) {
            return new Offer(false, words);
        }

        static Offer of(String... words) {
            return of(Stream.of(words).map(word -> new Candidate(word, "")).toList());
        }
    }

    record Candidate(String word, String meaning) {}

    @Override
    public CommandSpec spec() {
        return CommandSpec.create()
                .addPositional(Options.arguments(0, "WORD", "0..*", "of the command line"));
    }

    @Override
    public int run(ParseResult given, Surroundings here) {
        var words = Options.arguments(given, 0);
        var current = words.isEmpty() ? "" : words.getLast();
        var before = words.subList(0, Math.max(0, words.size() - 1));
        var offer = verbs(Verbs.all(), "cove", before, current, here);
        here.stdout().println(offer.files() ? "files" : "words");
        offer.words().stream()
                .filter(candidate -> candidate.word().startsWith(current))
                .forEach(candidate ->
                        here.stdout().println(candidate.word() + "\t" + candidate.meaning()));
        return 0;
    }

    private static Offer verbs(
            Verbs verbs, String path, List<String> before, String current, Surroundings here) {
        if (before.isEmpty()) {
            return Offer.of(
                    verbs.shown().stream().map(v -> new Candidate(v.name(), v.summary())).toList());
        }
        var rest = before.subList(1, before.size());
        if (before.getFirst().equals("help")) {
            return verbs(verbs, path, rest, current, here);
        }
        var found = verbs.find(before.getFirst());
        if (found.isEmpty()) {
            return Offer.NOTHING;
        }
        var its = path + " " + found.get().name();
        var group = found.get().group();
        if (group.isPresent()) {
            return verbs(group.get().get(), its, rest, current, here);
        }
        var spec = found.get().verb().orElseThrow().get().spec();
        return arguments(spec.name(its), rest, current, here);
    }

    private static Offer arguments(
            CommandSpec spec, List<String> before, String current, Surroundings here) {
        var options = true;
        var arguments = new ArrayList<String>();
        for (var i = 0; i < before.size(); i++) {
            var word = before.get(i);
            if (options && word.equals("--")) {
                options = false;
            } else if (options && word.length() > 1 && word.startsWith("-")) {
                var option = spec.optionsMap().get(word);
                if (option != null && option.arity().max() > 0 && ++i == before.size()) {
                    return new Possibilities(spec.name(), arguments, here).of(option.paramLabel());
                }
            } else {
                arguments.add(word);
                options &= !spec.parser().stopAtPositional();
            }
        }
        return options && current.startsWith("-")
                ? Offer.of(spec.options().stream().map(Candidates::option).toList())
                : new Possibilities(spec.name(), arguments, here)
                        .of(labelAt(spec, arguments.size()));
    }

    private static Candidate option(OptionSpec option) {
        return new Candidate(option.longestName(), String.join(" ", option.description()));
    }

    private static String labelAt(CommandSpec spec, int position) {
        return spec.positionalParameters().stream()
                .filter(p -> p.index().contains(position))
                .map(PositionalParamSpec::paramLabel)
                .findFirst()
                .orElse("");
    }
}

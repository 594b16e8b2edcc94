package dev.cove.cli;

import dev.cove.core.Bytes;
import dev.cove.core.CoveException;
import dev.cove.core.Durations;
import dev.cove.core.Printable;
import dev.cove.core.Shape;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/// Builds options and arguments, and reads what was given for them. Built, because annotations cost
/// a command 40 ms: every one becomes a proxy class that no AOT cache holds.
final class Options {
    private static final String JSON = "--json";
    private static final String FORMAT = "--format";

    private Options() {}

    static CommandSpec spec(String summary, String... details) {
        var spec = CommandSpec.create();
        spec.usageMessage()
                .width(96)
                .header(summary)
                .description(details)
                .synopsisHeading("%nUsage: ")
                .descriptionHeading(details.length == 0 ? "" : "%n")
                .parameterListHeading("%n")
                .optionListHeading("%nOptions:%n")
                .abbreviateSynopsis(true)
                .sortOptions(false);
        return spec.addOption(
                OptionSpec.builder("-h", "--help")
                        .type(boolean.class)
                        .usageHelp(true)
                        .description("show this help")
                        .build());
    }

    /// Examples end the help.
    static CommandSpec examples(CommandSpec spec, String... lines) {
        spec.usageMessage().footerHeading("%nExamples:%n");
        var indented = new String[lines.length];
        for (var i = 0; i < lines.length; i++) {
            indented[i] = "  " + lines[i].replace("%", "%%");
        }
        spec.usageMessage().footer(indented);
        return spec;
    }

    static OptionSpec flag(String description, String... names) {
        return OptionSpec.builder(names)
                .type(boolean.class)
                .arity("0")
                .description(description)
                .build();
    }

    static OptionSpec value(String label, String description, String... names) {
        return OptionSpec.builder(names)
                .type(String.class)
                .arity("1")
                .paramLabel(label)
                .description(description)
                .build();
    }

    /// An option that may be given again and again.
    static OptionSpec values(String label, String description, String... names) {
        return OptionSpec.builder(names)
                .type(List.class)
                .auxiliaryTypes(String.class)
                .arity("1")
                .paramLabel(label)
                .description(description)
                .build();
    }

    static PositionalParamSpec argument(int index, String label, String description) {
        return PositionalParamSpec.builder()
                .index(Integer.toString(index))
                .type(String.class)
                .required(true)
                .arity("1")
                .paramLabel(label)
                .description(description)
                .build();
    }

    static PositionalParamSpec optionalArgument(int index, String label, String description) {
        return PositionalParamSpec.builder()
                .index(Integer.toString(index))
                .type(String.class)
                .arity("0..1")
                .paramLabel(label)
                .description(description)
                .build();
    }

    /// Any number of arguments, from an index on.
    static PositionalParamSpec arguments(int from, String label, String arity, String description) {
        return PositionalParamSpec.builder()
                .index(from + "..*")
                .type(List.class)
                .required(!arity.startsWith("0"))
                .auxiliaryTypes(String.class)
                .arity(arity)
                .paramLabel(label)
                .description(description)
                .build();
    }

    /// `--json`, and the two other ways in which people write it.
    static CommandSpec withFormat(CommandSpec spec) {
        return spec.addOption(flag("print JSON (also: -o json, --format json)", JSON))
                .addOption(
                        OptionSpec.builder("-o", FORMAT)
                                .type(String.class)
                                .arity("1")
                                .paramLabel("FORMAT")
                                .description("table or json")
                                .build());
    }

    static boolean wantsJson(ParseResult given) {
        if (given.matchedOptionValue(JSON, false)) {
            return true;
        }
        var format = text(given, FORMAT).orElse("table");
        return switch (format) {
            case "json" -> true;
            case "table" -> false;
            default ->
                    throw CoveException.invalid(
                            "unknown format \""
                                    + Printable.of(format, 40)
                                    + "\"; use table or json");
        };
    }

    static boolean flag(ParseResult given, String name) {
        return given.matchedOptionValue(name, false);
    }

    static Optional<String> text(ParseResult given, String name) {
        return Optional.ofNullable(given.matchedOptionValue(name, (String) null));
    }

    static List<String> texts(ParseResult given, String name) {
        return given.matchedOptionValue(name, List.<String>of());
    }

    /// Virtual processors.
    static Optional<Integer> cpus(ParseResult given) {
        return count(given, "--cpus", 1, Shape.MOST_CPUS);
    }

    static Optional<Integer> count(ParseResult given, String name, int least, int most) {
        return text(given, name)
                .map(text -> {
                    try {
                        var count = Integer.parseInt(text);
                        if (count >= least && count <= most) {
                            return count;
                        }
                    } catch (NumberFormatException e) {
                        throw notACount(name, text, least, most);
                    }
                    throw notACount(name, text, least, most);
                });
    }

    /// A size, checked here so that the message names it as it was written.
    static Optional<String> size(ParseResult given, String name) {
        return text(given, name).map(text -> Bytes.parse(text).toString());
    }

    private static CoveException notACount(String name, String text, int least, int most) {
        return CoveException.invalid(
                name
                        + " wants a number from "
                        + least
                        + " to "
                        + most
                        + ", not \""
                        + Printable.of(text, 40)
                        + "\"");
    }

    static Optional<Duration> duration(ParseResult given, String name) {
        return text(given, name).map(Durations::parse);
    }

    /// `k=v`, again and again.
    static Map<String, String> pairs(ParseResult given, String name) {
        var pairs = new LinkedHashMap<String, String>();
        for (var pair : texts(given, name)) {
            var equals = pair.indexOf('=');
            if (equals < 1) {
                throw CoveException.invalid(
                        name + " wants KEY=VALUE, not \"" + Printable.of(pair, 80) + "\"");
            }
            pairs.put(pair.substring(0, equals), pair.substring(equals + 1));
        }
        return pairs;
    }

    static List<String> arguments(ParseResult given, int position) {
        return given.matchedPositionalValue(position, List.<String>of());
    }

    static String argument(ParseResult given, int position) {
        return given.matchedPositionalValue(position, "");
    }
}

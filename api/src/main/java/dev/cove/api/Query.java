package dev.cove.api;

import dev.cove.core.CoveException;
import dev.cove.core.Durations;
import dev.cove.core.Nearest;
import dev.cove.core.Printable;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A request's query: only known parameters, each once unless `all` reads it.
final class Query {
    private final Map<String, List<String>> parameters;

    /// @throws CoveException INVALID when there is a parameter that is not known
    Query(Map<String, List<String>> parameters, List<String> known) {
        for (var name : parameters.keySet()) {
            if (!known.contains(name)) {
                throw CoveException.invalid(
                        "there is no query parameter \""
                                + Printable.of(name, 80)
                                + "\" here"
                                + Nearest.hint(name, known));
            }
        }
        this.parameters = parameters;
    }

    List<String> all(String name) {
        return parameters.getOrDefault(name, List.of());
    }

    Optional<String> text(String name) {
        var values = all(name);
        if (values.size() > 1) {
            throw CoveException.invalid("?" + name + " is given " + values.size() + " times");
        }
        return values.stream().findFirst();
    }

    /// `?force`, `?force=true` and `?force=1` are yes.
    boolean flag(String name) {
        return text(name)
                .map(value ->
                        switch (value) {
                            case "", "true", "1" -> true;
                            case "false", "0" -> false;
                            default -> throw wrong(name, "true or false", value);
                        })
                .orElse(false);
    }

    /// A whole number between 0 and `most`.
    Optional<Long> number(String name, long most) {
        return text(name)
                .map(value -> {
                    if (!value.matches("\\d{1,18}") || Long.parseLong(value) > most) {
                        throw wrong(name, "a number between 0 and " + most, value);
                    }
                    return Long.parseLong(value);
                });
    }

    /// A duration of at most `most`.
    Optional<Duration> duration(String name, Duration most) {
        return text(name)
                .map(value -> {
                    var duration = Durations.parse(value);
                    if (duration.compareTo(most) > 0) {
                        throw wrong(name, "at most " + most.toSeconds() + "s", value);
                    }
                    return duration;
                });
    }

    private static CoveException wrong(String name, String wanted, String value) {
        return CoveException.invalid(
                "?" + name + " has to be " + wanted + ", not \"" + Printable.of(value, 80) + "\"");
    }
}

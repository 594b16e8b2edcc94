package dev.cove.daemon.config;

import dev.cove.core.CoveException;
import dev.cove.core.Nearest;
import dev.cove.core.Printable;
import dev.cove.daemon.config.Value.Source;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The flags of `cove daemon`.
record Flags(Optional<String> config, boolean printOnly, Map<Key, Value> values) {
    private static final String CONFIG = "--config";
    private static final String PRINT = "--print-config";

    static Flags parse(List<String> arguments) {
        Optional<String> config = Optional.empty();
        var printOnly = false;
        var values = new EnumMap<Key, Value>(Key.class);
        var rest = arguments.iterator();
        while (rest.hasNext()) {
            var argument = rest.next();
            var equals = argument.indexOf('=');
            var flag = equals < 0 ? argument : argument.substring(0, equals);
            if (flag.equals(PRINT)) {
                if (equals >= 0) {
                    throw CoveException.invalid(PRINT + " takes no value");
                }
                printOnly = true;
                continue;
            }
            var key = Key.ofFlag(flag);
            if (key.isEmpty() && !flag.equals(CONFIG)) {
                throw unknown(flag);
            }
            var text = equals < 0 ? next(flag, rest) : argument.substring(equals + 1);
            if (key.isPresent()) {
                values.put(key.get(), new Value(text, new Source.Flag(flag)));
            } else {
                config = Optional.of(text);
            }
        }
        return new Flags(config, printOnly, values);
    }

    private static String next(String flag, Iterator<String> rest) {
        if (!rest.hasNext()) {
            throw CoveException.invalid(flag + " wants a value behind it");
        }
        var value = rest.next();
        if (value.startsWith("--")) {
            throw CoveException.invalid(
                    flag
                            + " wants a value behind it, and "
                            + Printable.of(value, 80)
                            + " looks like another flag; if it is the value, write: "
                            + flag
                            + "="
                            + Printable.of(value, 80));
        }
        return value;
    }

    private static CoveException unknown(String flag) {
        var known = new ArrayList<>(Arrays.stream(Key.values()).map(Key::flag).toList());
        known.add(CONFIG);
        known.add(PRINT);
        return CoveException.invalid(
                "unknown flag \"" + Printable.of(flag, 80) + "\"" + Nearest.hint(flag, known));
    }
}

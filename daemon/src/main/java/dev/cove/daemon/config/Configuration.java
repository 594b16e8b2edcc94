package dev.cove.daemon.config;

import dev.cove.core.CoveException;
import dev.cove.core.Nearest;
import dev.cove.core.Printable;
import dev.cove.daemon.config.Value.Source;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The settings and where each of them came from: defaults, the file, the environment, the flags,
/// the later ones before the earlier.
///
/// @param printOnly whether `--print-config` was asked for
public record Configuration(Settings settings, String printed, boolean printOnly) {
    public static final Path USUAL_FILE = Path.of("/etc/cove/cove.yaml");

    private static final String FILE_VARIABLE = "COVE_CONFIG";
    // The client's, and those that the systemd unit or a script may leave in the environment.
    private static final Set<String> NOT_OURS =
            Set.of("COVE_HOST", "COVE_CACERT", "COVE_TOKEN", FILE_VARIABLE);

    /// Gathers everything. `--config FILE` (or `COVE_CONFIG`) names the file, which has to be there
    /// then; the usual one may be missing.
    ///
    /// @param flags what stands behind `cove daemon`: `--log-level debug`, `--log-level=debug`
    /// @throws CoveException INVALID naming the key, its place and the nearest key that there is
    public static Configuration load(List<String> flags, Map<String, String> environment) {
        return load(flags, environment, USUAL_FILE);
    }

    static Configuration load(
            List<String> arguments, Map<String, String> environment, Path usualFile) {
        var flags = Flags.parse(arguments);
        var variable = Optional.ofNullable(environment.get(FILE_VARIABLE));
        var named = flags.config().or(() -> variable.filter(text -> !text.isBlank()));
        var values = usual();
        if (named.isPresent()) {
            values.putAll(ConfigFile.read(path(named.get())));
        } else if (Files.exists(usualFile)) {
            values.putAll(ConfigFile.read(usualFile));
        }
        values.putAll(variables(environment));
        values.putAll(flags.values());
        var complete = new Completion(values).complete();
        return new Configuration(
                new Reading(complete).settings(), Print.yaml(complete), flags.printOnly());
    }

    /// What `--help` says: every key with its default and its meaning.
    public static String help() {
        var text = new StringBuilder();
        for (var key : Key.values()) {
            text.append(
                    "  %-28s %s%s%n"
                            .formatted(
                                    key.flag(),
                                    key.meaning(),
                                    key.usual().isEmpty() ? "" : " [" + key.usual() + "]"));
        }
        return text.toString();
    }

    private static Map<Key, Value> usual() {
        var values = new EnumMap<Key, Value>(Key.class);
        Arrays.stream(Key.values())
                .forEach(k -> values.put(k, new Value(k.usual(), new Source.Usual())));
        return values;
    }

    private static Map<Key, Value> variables(Map<String, String> environment) {
        var values = new EnumMap<Key, Value>(Key.class);
        var known = Arrays.stream(Key.values()).map(Key::variable).toList();
        environment.forEach((name, text) -> {
            var key = Key.ofVariable(name);
            if (key.isPresent()) {
                values.put(key.get(), new Value(text, new Source.Environment(name)));
            } else if (name.startsWith("COVE_")
                    && !NOT_OURS.contains(name)
                    && Nearest.to(name, known).isPresent()) {
                throw CoveException.invalid(
                        "unknown variable " + Printable.of(name, 80) + Nearest.hint(name, known));
            }
        });
        return values;
    }

    private static Path path(String text) {
        return Path.of(text).toAbsolutePath().normalize();
    }
}

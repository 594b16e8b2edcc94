package dev.cove.daemon.config;

import dev.cove.core.CoveException;
import dev.cove.core.Nearest;
import dev.cove.core.Printable;
import dev.cove.daemon.config.Value.Source;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.dataformat.yaml.YAMLFactory;
import tools.jackson.dataformat.yaml.YAMLParser;

/// Reads a YAML file of settings, token by token: every value keeps its text and its line.
final class ConfigFile {
    private static final long LARGEST = 1 << 20;

    private final Path file;
    private final Map<Key, Value> values = new EnumMap<>(Key.class);

    private ConfigFile(Path file) {
        this.file = file;
    }

    /// @throws CoveException INVALID with the file's line when it is no YAML or has a key that is
    ///   none, UNAVAILABLE when it cannot be read
    static Map<Key, Value> read(Path file) {
        try {
            if (Files.size(file) > LARGEST) {
                throw CoveException.invalid(file + " is larger than 1M: no configuration file");
            }
            var reading = new ConfigFile(file);
            reading.parse(Files.readString(file));
            return reading.values;
        } catch (NoSuchFileException e) {
            throw CoveException.unavailable(
                    "there is no configuration file " + file + "; write it, or name another");
        } catch (CharacterCodingException e) {
            throw CoveException.invalid(file + " is not UTF-8: no configuration file");
        } catch (IOException e) {
            throw CoveException.unavailable(
                    "the configuration file " + file + " cannot be read: " + e, e);
        }
    }

    private void parse(String text) {
        try (var parser =
                (YAMLParser) new YAMLFactory().createParser(ObjectReadContext.empty(), text)) {
            var first = parser.nextToken();
            if (first == JsonToken.START_OBJECT) {
                section(parser, "");
            } else if (first != null && first != JsonToken.VALUE_NULL) {
                throw wrong(
                        parser, "it has to be keys with values, like \"log.level\" or \"data\"");
            }
            if (first != null && parser.nextToken() != null) {
                throw wrong(parser, "a second document begins here; write all into one");
            }
        } catch (JacksonException e) {
            throw CoveException.invalid(file + ":" + line(e) + ": not YAML: " + problem(e));
        }
    }

    private static int line(JacksonException e) {
        return e.getCause() instanceof MarkedYamlEngineException marked
                ? marked.getProblemMark().map(m -> m.getLine() + 1).orElse(1)
                : e.getLocation().getLineNr();
    }

    private static String problem(JacksonException e) {
        return e.getCause() instanceof MarkedYamlEngineException marked
                ? Printable.of(marked.getProblem(), 200)
                : Printable.of(e.getOriginalMessage(), 200);
    }

    private void section(YAMLParser parser, String prefix) {
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            var path = prefix + parser.currentName();
            var line = parser.currentTokenLocation().getLineNr();
            switch (parser.nextToken()) {
                case START_OBJECT -> {
                    requireSection(parser, path);
                    section(parser, path + ".");
                }
                case START_ARRAY -> put(parser, path, line, list(parser, path));
                case VALUE_NULL -> requireEmptySection(parser, path);
                case null, default -> put(parser, path, line, scalar(parser, path));
            }
        }
    }

    private void requireSection(YAMLParser parser, String path) {
        if (Key.ofPath(path).isPresent()) {
            throw wrong(parser, path + " is one value, not a section");
        }
        if (!Key.isSection(path)) {
            throw unknown(parser, path);
        }
    }

    /// A section whose keys are all commented out is fine, a key without its value is not.
    private void requireEmptySection(YAMLParser parser, String path) {
        if (Key.ofPath(path).isPresent()) {
            throw wrong(parser, path + " has no value; take the line out, or write \"\"");
        }
        requireSection(parser, path);
    }

    private String list(YAMLParser parser, String path) {
        if (Key.ofPath(path).filter(k -> !k.isList()).isPresent()) {
            throw wrong(parser, path + " is one value, not a list");
        }
        var items = new StringBuilder();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            items.append(items.isEmpty() ? "" : ",").append(scalar(parser, path));
        }
        return items.toString();
    }

    private String scalar(YAMLParser parser, String path) {
        if (!parser.currentToken().isScalarValue() || parser.isCurrentAlias()) {
            throw wrong(parser, path + " has to be a plain value");
        }
        return parser.getString();
    }

    private void put(YAMLParser parser, String path, int line, String text) {
        var key = Key.ofPath(path).orElseThrow(() -> unknown(parser, path));
        if (values.put(key, new Value(text, new Source.File(file, line))) != null) {
            throw wrong(parser, path + " is set twice");
        }
    }

    private CoveException unknown(YAMLParser parser, String path) {
        if (Key.isSection(path)) {
            return wrong(parser, path + " is a section with keys of its own, not one value");
        }
        return wrong(
                parser,
                "unknown key \"" + Printable.of(path, 80) + "\"" + Nearest.hint(path, Key.paths()));
    }

    private CoveException wrong(YAMLParser parser, String what) {
        return CoveException.invalid(
                file + ":" + parser.currentTokenLocation().getLineNr() + ": " + what);
    }
}

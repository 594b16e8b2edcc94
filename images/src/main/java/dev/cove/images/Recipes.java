package dev.cove.images;

import dev.cove.core.CoveException;
import dev.cove.core.Name;
import dev.cove.core.Nearest;
import dev.cove.core.Printable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLFactory;
import tools.jackson.dataformat.yaml.YAMLMapper;

/// Reads recipes: those that come with Cove, and those that a user wrote.
public final class Recipes {
    /// The recipes that come with Cove, to build by their name and to copy.
    public static final List<String> BUILT_IN = List.of("debian", "debian-slim");

    private static final int LONGEST = 1 << 18;
    private static final Set<String> KEYS =
            Set.of(
                    "name",
                    "suite",
                    "packages",
                    "files",
                    "commands",
                    "init",
                    "kernelArguments",
                    "user");
    private static final Set<String> FILE_KEYS = Set.of("path", "mode", "content");
    private static final YAMLMapper YAML =
            new YAMLMapper(
                    YAMLFactory.builder()
                            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                            .build());

    private Recipes() {}

    /// The recipe that somebody means by a built-in one's name or by a whole text.
    ///
    /// @throws CoveException NOT_FOUND for a name that is no built-in recipe's, INVALID for a text
    ///   that is no recipe
    public static Recipe of(String nameOrText) {
        if (nameOrText.indexOf('\n') >= 0) {
            return parse(nameOrText);
        }
        if (!BUILT_IN.contains(nameOrText)) {
            throw CoveException.notFound(
                    "no recipe is called \""
                            + Printable.of(nameOrText, 80)
                            + "\""
                            + Nearest.hint(nameOrText, BUILT_IN)
                            + "; there are "
                            + String.join(" and ", BUILT_IN)
                            + ", or give a file: cove image build NAME --recipe FILE");
        }
        return parse(text(nameOrText));
    }

    /// The file of a built-in recipe, to copy and to change.
    public static String text(String builtIn) {
        try (var in = Recipes.class.getResourceAsStream(builtIn + ".yaml")) {
            if (in == null) {
                throw CoveException.notFound("no recipe is called \"" + builtIn + "\"");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Recipe parse(String text) {
        if (text.length() > LONGEST) {
            throw faulty("it is longer than " + LONGEST + " characters");
        }
        JsonNode root;
        try {
            root = YAML.readTree(text);
        } catch (JacksonException e) {
            throw faulty(Printable.of(e.getOriginalMessage(), 200));
        }
        requireKeys(root, KEYS, "recipe");
        return new Recipe(
                new Name(text(root, "name").orElseThrow(() -> faulty("it has no name"))),
                text(root, "suite").orElse("trixie"),
                texts(root, "packages"),
                files(root.path("files")),
                texts(root, "commands"),
                text(root, "init").orElse("/sbin/init"),
                text(root, "kernelArguments").orElse(""),
                text(root, "user").orElse("root"));
    }

    private static List<Recipe.File> files(JsonNode list) {
        var files = new ArrayList<Recipe.File>();
        for (var file : list(list, "files")) {
            requireKeys(file, FILE_KEYS, "recipe's file");
            files.add(
                    new Recipe.File(
                            text(file, "path").orElseThrow(() -> faulty("a file has no path")),
                            mode(text(file, "mode").orElse("0644")),
                            text(file, "content").orElse("")));
        }
        return files;
    }

    private static int mode(String text) {
        try {
            return Integer.parseInt(text, 8);
        } catch (NumberFormatException e) {
            throw faulty(
                    "a file's mode is \"" + Printable.of(text, 20) + "\"; write it as \"0644\"");
        }
    }

    private static void requireKeys(JsonNode node, Set<String> known, String what) {
        if (!node.isObject()) {
            throw faulty("a " + what + " is a list of keys and values");
        }
        for (var key : node.propertyNames()) {
            if (!known.contains(key)) {
                throw CoveException.invalid(
                        "the "
                                + what
                                + " has an unknown key \""
                                + Printable.of(key, 80)
                                + "\""
                                + Nearest.hint(key, known)
                                + "; it may have "
                                + String.join(", ", new TreeSet<>(known)));
            }
        }
    }

    private static Optional<String> text(JsonNode node, String key) {
        var value = node.path(key);
        if (value.isMissingNode() || value.isNull()) {
            return Optional.empty();
        }
        if (!value.isString()) {
            throw faulty("\"" + key + "\" has to be a text in quotes");
        }
        return Optional.of(value.stringValue());
    }

    private static List<String> texts(JsonNode node, String key) {
        var texts = new ArrayList<String>();
        for (var value : list(node.path(key), key)) {
            if (!value.isString()) {
                throw faulty("\"" + key + "\" has to be a list of texts");
            }
            texts.add(value.stringValue());
        }
        return texts;
    }

    private static Iterable<JsonNode> list(JsonNode value, String key) {
        if (value.isMissingNode() || value.isNull()) {
            return List.of();
        }
        if (!value.isArray()) {
            throw faulty("\"" + key + "\" has to be a list");
        }
        return value;
    }

    private static CoveException faulty(String why) {
        return CoveException.invalid("this is no recipe: " + why);
    }
}

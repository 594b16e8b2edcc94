package dev.cove.api;

import dev.cove.core.Bytes;
import dev.cove.core.CoveException;
import dev.cove.core.Nearest;
import dev.cove.core.Printable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;

/// The fields of a JSON object from outside: only known ones, each of the right type. A field that
/// is `null` counts as left out.
final class Fields {
    private final JsonNode object;
    private final String path;

    private Fields(JsonNode object, String path) {
        this.object = object;
        this.path = path;
    }

    /// @throws CoveException INVALID when it is no object or has a field that is not known
    static Fields strict(JsonNode node, String... known) {
        return strict(node, "", List.of(known));
    }

    /// Takes any object, for clients that send more than Cove knows of.
    static Fields lenient(JsonNode node) {
        return new Fields(object(node, ""), "");
    }

    private static Fields strict(JsonNode node, String path, List<String> known) {
        var object = object(node, path);
        for (var name : object.propertyNames()) {
            if (!known.contains(name)) {
                throw CoveException.invalid(
                        "there is no field \""
                                + Printable.of(path + name, 80)
                                + "\""
                                + Nearest.hint(name, known)
                                + (known.isEmpty() ? "" : "; known are " + known));
            }
        }
        return new Fields(object, path);
    }

    Optional<String> text(String name) {
        return value(name, JsonNode::isString, "text").map(JsonNode::stringValue);
    }

    Optional<Integer> whole(String name) {
        return value(name, JsonNode::canConvertToInt, "a whole number")
                .filter(n -> isWhole(name, n))
                .map(JsonNode::intValue);
    }

    Optional<Boolean> flag(String name) {
        return value(name, JsonNode::isBoolean, "true or false").map(JsonNode::booleanValue);
    }

    /// Bytes as a number, or text such as `512M`.
    Optional<Bytes> size(String name) {
        return value(name, n -> n.isString() || n.isIntegralNumber(), "bytes or text like \"512M\"")
                .map(n -> n.isString() ? Bytes.parse(n.stringValue()) : bytes(name, n));
    }

    List<String> texts(String name) {
        var texts = new ArrayList<String>();
        value(name, JsonNode::isArray, "a list of text")
                .ifPresent(list -> list.forEach(n -> texts.add(textIn(name, n))));
        return texts;
    }

    /// An object whose values are text; empty when it was left out.
    Optional<Map<String, String>> pairs(String name) {
        return value(name, JsonNode::isObject, "an object of texts")
                .map(object -> {
                    var pairs = new LinkedHashMap<String, String>();
                    object.properties()
                            .forEach(e ->
                                    pairs.put(
                                            e.getKey(),
                                            textIn(name + "." + e.getKey(), e.getValue())));
                    return pairs;
                });
    }

    Optional<Fields> object(String name, String... known) {
        return value(name, JsonNode::isObject, "an object")
                .map(n -> strict(n, path + name + ".", List.of(known)));
    }

    /// @throws CoveException INVALID when it was left out
    String required(String name) {
        return text(name)
                .orElseThrow(() ->
                        CoveException.invalid("the field \"" + path + name + "\" is missing"));
    }

    private Optional<JsonNode> value(String name, Function<JsonNode, Boolean> fits, String type) {
        var node = object.get(name);
        if (node == null || node.isNull()) {
            return Optional.empty();
        }
        if (!fits.apply(node)) {
            throw wrongType(name, type, node);
        }
        return Optional.of(node);
    }

    private boolean isWhole(String name, JsonNode node) {
        if (!node.isIntegralNumber()) {
            throw wrongType(name, "a whole number", node);
        }
        return true;
    }

    private Bytes bytes(String name, JsonNode node) {
        if (!node.canConvertToLong()) {
            throw CoveException.invalid(path + name + " is too large to count");
        }
        return new Bytes(node.longValue());
    }

    private String textIn(String name, JsonNode node) {
        if (!node.isString()) {
            throw wrongType(name, "text", node);
        }
        return node.stringValue();
    }

    private CoveException wrongType(String name, String wanted, JsonNode found) {
        return CoveException.invalid(
                Printable.of(path + name, 80) + " has to be " + wanted + ", not " + typeOf(found));
    }

    private static JsonNode object(JsonNode node, String path) {
        if (!node.isObject()) {
            var what = path.isEmpty() ? "the body" : path;
            throw CoveException.invalid(what + " has to be an object, not " + typeOf(node));
        }
        return node;
    }

    private static String typeOf(JsonNode node) {
        return switch (node.getNodeType()) {
            case STRING -> "text";
            case NUMBER -> "the number " + Printable.of(node.toString(), 40);
            case BOOLEAN -> "" + node;
            case ARRAY -> "a list";
            case OBJECT -> "an object";
            case NULL -> "null";
            case MISSING -> "nothing";
            case BINARY, POJO -> "something else";
        };
    }
}

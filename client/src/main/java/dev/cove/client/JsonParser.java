package dev.cove.client;

import dev.cove.core.CoveException;
import dev.cove.core.Printable;
import java.util.ArrayList;
import java.util.LinkedHashMap;

/// Reads one JSON value, strictly; arrays and objects nest 64 deep at most.
final class JsonParser {
    private static final int DEEPEST = 64;

    private final String text;
    private int at;
    private int depth;

    JsonParser(String text) {
        this.text = text;
    }

    Json parse() {
        var value = value();
        skipSpace();
        if (at < text.length()) {
            throw malformed("more follows after its end");
        }
        return value;
    }

    private Json value() {
        skipSpace();
        return switch (peek()) {
            case '{' -> object();
            case '[' -> array();
            case '"' -> new Json.Text(string());
            case 't' -> word("true", new Json.Flag(true));
            case 'f' -> word("false", new Json.Flag(false));
            case 'n' -> word("null", Json.nothing());
            default -> number();
        };
    }

    private Json object() {
        enter();
        var members = new LinkedHashMap<String, Json>();
        if (!taken('}')) {
            do {
                skipSpace();
                if (peek() != '"') {
                    throw malformed("a field has no name");
                }
                var key = string();
                expect(':');
                members.put(key, value());
            } while (taken(','));
            expect('}');
        }
        depth--;
        return new Json.Fields(members);
    }

    private Json array() {
        enter();
        var values = new ArrayList<Json>();
        if (!taken(']')) {
            do {
                values.add(value());
            } while (taken(','));
            expect(']');
        }
        depth--;
        return new Json.Items(values);
    }

    private void enter() {
        at++;
        if (++depth > DEEPEST) {
            throw malformed("it nests deeper than " + DEEPEST);
        }
    }

    private String string() {
        var end = ++at;
        while (end < text.length() && isUnescaped(text.charAt(end))) {
            end++;
        }
        if (end < text.length() && text.charAt(end) == '"') {
            var plain = text.substring(at, end);
            at = end + 1;
            return plain;
        }
        return escapedString();
    }

    private static boolean isUnescaped(char c) {
        return c != '"' && c != '\\' && c >= 0x20;
    }

    private String escapedString() {
        var value = new StringBuilder();
        while (true) {
            var c = next();
            if (c == '"') {
                return value.toString();
            }
            if (c < 0x20) {
                throw malformed("a control character stands in a string");
            }
            value.append(c == '\\' ? escaped() : c);
        }
    }

    private char escaped() {
        var c = next();
        return switch (c) {
            case '"', '\\', '/' -> c;
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'u' -> {
                var code = 0;
                for (var i = 0; i < 4; i++) {
                    var digit = Character.digit(next(), 16);
                    if (digit < 0) {
                        throw malformed("\\u wants four hexadecimal digits");
                    }
                    code = code << 4 | digit;
                }
                yield (char) code;
            }
            default -> throw malformed("an unknown escape");
        };
    }

    private Json number() {
        var start = at;
        taken('-', false);
        var first = at;
        digits();
        if (text.charAt(first) == '0' && at > first + 1) {
            throw malformed("a number starts with 0");
        }
        if (taken('.', false)) {
            digits();
        }
        if (taken('e', false) || taken('E', false)) {
            if (!taken('+', false)) {
                taken('-', false);
            }
            digits();
        }
        return new Json.Numeral(text.substring(start, at));
    }

    private void digits() {
        var start = at;
        while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
            at++;
        }
        if (at == start) {
            throw malformed("a value is expected");
        }
    }

    private Json word(String word, Json value) {
        if (!text.startsWith(word, at)) {
            throw malformed("a value is expected");
        }
        at += word.length();
        return value;
    }

    private char peek() {
        if (at >= text.length()) {
            throw malformed("it is cut short");
        }
        return text.charAt(at);
    }

    private char next() {
        var c = peek();
        at++;
        return c;
    }

    private boolean taken(char c) {
        return taken(c, true);
    }

    private boolean taken(char c, boolean afterSpace) {
        if (afterSpace) {
            skipSpace();
        }
        if (at < text.length() && text.charAt(at) == c) {
            at++;
            return true;
        }
        return false;
    }

    private void expect(char c) {
        if (!taken(c)) {
            throw malformed("'" + c + "' is expected");
        }
    }

    private void skipSpace() {
        while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }

    private CoveException malformed(String why) {
        var around = text.substring(Math.min(at, text.length()));
        return CoveException.invalid(
                "not JSON: "
                        + why
                        + " at character "
                        + at
                        + (around.isEmpty()
                                ? ""
                                : ", before \"" + Printable.of(around, 20) + "\""));
    }
}

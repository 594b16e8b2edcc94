package dev.cove.client;

import dev.cove.core.CoveException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A JSON value (RFC 8259), small and quick to load: reading a list of VMs with Jackson's streaming
/// parser alone costs 25 ms more of a command's 100 ms.
///
/// Looking for what is not there gives [Nothing], so that a path can be followed to its end.
public sealed interface Json {
    /// @param members in the order in which they were written
    record Fields(Map<String, Json> members) implements Json {
        @Override
        public String toString() {
            return JsonText.compact(this);
        }
    }

    record Items(List<Json> values) implements Json {
        public Items {
            values = List.copyOf(values);
        }

        @Override
        public String toString() {
            return JsonText.compact(this);
        }
    }

    record Text(String value) implements Json {
        @Override
        public String toString() {
            return JsonText.compact(this);
        }
    }

    /// @param literal as written, so that no digit is lost
    record Numeral(String literal) implements Json {
        @Override
        public String toString() {
            return literal;
        }
    }

    record Flag(boolean value) implements Json {
        @Override
        public String toString() {
            return Boolean.toString(value);
        }
    }

    record Nothing() implements Json {
        @Override
        public String toString() {
            return "null";
        }
    }

    static Json nothing() {
        return new Nothing();
    }

    /// @throws CoveException INVALID when the text is not one JSON value
    static Json parse(String text) {
        return new JsonParser(text).parse();
    }

    static Json of(String value) {
        return new Text(value);
    }

    static Json of(long value) {
        return new Numeral(Long.toString(value));
    }

    static Json of(boolean value) {
        return new Flag(value);
    }

    static Json of(List<String> values) {
        var items = new ArrayList<Json>();
        values.forEach(v -> items.add(new Text(v)));
        return new Items(items);
    }

    static Json of(Map<String, String> values) {
        var fields = fields();
        values.forEach((k, v) -> fields.put(k, of(v)));
        return fields.build();
    }

    static Builder fields() {
        return new Builder();
    }

    /// The value of a field; [Nothing] when this has no such field.
    default Json at(String key) {
        return this instanceof Fields f ? f.members().getOrDefault(key, nothing()) : nothing();
    }

    /// The elements of an array; none when this is no array.
    default List<Json> items() {
        return this instanceof Items i ? i.values() : List.of();
    }

    /// The fields of an object; none when this is no object.
    default Map<String, Json> members() {
        return this instanceof Fields f ? f.members() : Map.of();
    }

    /// A string, or a number or boolean as it is written.
    default Optional<String> text() {
        return switch (this) {
            case Text t -> Optional.of(t.value());
            case Numeral n -> Optional.of(n.literal());
            case Flag f -> Optional.of(Boolean.toString(f.value()));
            case Nothing n -> Optional.empty();
            case Items i -> Optional.empty();
            case Fields f -> Optional.empty();
        };
    }

    default String text(String otherwise) {
        return text().orElse(otherwise);
    }

    /// A whole number that fits; `otherwise` for anything else.
    default long number(long otherwise) {
        try {
            return this instanceof Numeral n ? Long.parseLong(n.literal()) : otherwise;
        } catch (NumberFormatException e) {
            return otherwise;
        }
    }

    /// Any number; `otherwise` for anything else.
    default double decimal(double otherwise) {
        try {
            return this instanceof Numeral n ? Double.parseDouble(n.literal()) : otherwise;
        } catch (NumberFormatException e) {
            return otherwise;
        }
    }

    default boolean flag() {
        return this instanceof Flag f && f.value();
    }

    /// With line breaks and two spaces of indentation.
    default String pretty() {
        return JsonText.pretty(this);
    }

    /// Collects the fields of an object.
    final class Builder {
        private final Map<String, Json> members = new LinkedHashMap<>();

        private Builder() {}

        public Builder put(String key, Json value) {
            members.put(key, value);
            return this;
        }

        public Builder put(String key, String value) {
            return put(key, of(value));
        }

        public Builder put(String key, long value) {
            return put(key, of(value));
        }

        public Builder put(String key, boolean value) {
            return put(key, of(value));
        }

        /// Nothing when there is no value.
        public Builder put(String key, Optional<String> value) {
            value.ifPresent(v -> put(key, v));
            return this;
        }

        public Json build() {
            return new Fields(new LinkedHashMap<>(members));
        }
    }
}

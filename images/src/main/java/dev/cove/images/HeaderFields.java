package dev.cove.images;

import dev.cove.core.Bytes;
import dev.cove.core.CoveException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A JSON object that a stranger wrote: each field is there, is of its kind, and within its bounds,
/// or it is refused by its name. Fields that nobody asks for are passed over.
record HeaderFields(JsonNode json, String path) {
    static final JsonMapper MAPPER =
            JsonMapper.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .build();

    private static final Duration LONGEST = Duration.ofDays(366);

    /// @throws tools.jackson.core.JacksonException when it is no JSON
    static HeaderFields of(byte[] document) {
        return new HeaderFields(MAPPER.readTree(document), "").requireObject();
    }

    private HeaderFields requireObject() {
        if (!json.isObject()) {
            throw refused("is no object");
        }
        return this;
    }

    private HeaderFields field(String name) {
        return new HeaderFields(json.path(name), path.isEmpty() ? name : path + "." + name);
    }

    private boolean has(String name) {
        return json.has(name);
    }

    HeaderFields object(String name) {
        return field(name).requireObject();
    }

    Optional<HeaderFields> optionalObject(String name) {
        return has(name) ? Optional.of(object(name)) : Optional.empty();
    }

    String text(String name, int longest) {
        return field(name).text(longest);
    }

    private String text(int longest) {
        if (!json.isString() || json.stringValue().length() > longest) {
            throw refused("is no text of at most " + longest + " characters");
        }
        return json.stringValue();
    }

    Optional<String> optionalText(String name, int longest) {
        return has(name) ? Optional.of(text(name, longest)) : Optional.empty();
    }

    /// The texts of a list.
    List<String> texts(String name, int most, int longest) {
        var list = field(name);
        if (!list.json.isArray() || list.json.size() > most) {
            throw list.refused("is no list of at most " + most);
        }
        var texts = new ArrayList<String>();
        list.json.forEach(item -> texts.add(new HeaderFields(item, list.path).text(longest)));
        return texts;
    }

    /// The texts of this object by their names.
    Map<String, String> texts(int longest) {
        var texts = new TreeMap<String, String>();
        json.propertyNames().forEach(name -> texts.put(name, text(name, longest)));
        return texts;
    }

    long number(String name, long least, long most) {
        var number = field(name);
        if (!number.json.isIntegralNumber()
                || !number.json.canConvertToLong()
                || number.json.longValue() < least
                || number.json.longValue() > most) {
            throw number.refused("is no number from " + least + " to " + most);
        }
        return number.json.longValue();
    }

    Optional<Long> optionalNumber(String name, long least, long most) {
        return has(name) ? Optional.of(number(name, least, most)) : Optional.empty();
    }

    /// A size of at least one byte.
    Bytes size(String name, Bytes most) {
        return new Bytes(number(name, 1, most.count()));
    }

    boolean flag(String name) {
        var flag = field(name);
        if (!flag.json.isBoolean()) {
            throw flag.refused("is neither true nor false");
        }
        return flag.json.booleanValue();
    }

    /// @throws java.time.DateTimeException when it is none
    Duration duration(String name) {
        var duration = Duration.parse(text(name, 64));
        if (duration.isNegative() || duration.compareTo(LONGEST) > 0) {
            throw field(name).refused("is not between nothing and a year");
        }
        return duration;
    }

    Optional<Duration> optionalDuration(String name) {
        return has(name) ? Optional.of(duration(name)) : Optional.empty();
    }

    /// @throws java.time.DateTimeException when it is none
    Instant instant(String name) {
        return Instant.parse(text(name, 64));
    }

    private CoveException refused(String why) {
        return CoveException.invalid((path.isEmpty() ? "it" : path) + " " + why);
    }
}

package dev.cove.client;

import java.nio.charset.StandardCharsets;

/// Builds a request's path out of words that may hold anything.
final class Query {
    private final StringBuilder text;
    private boolean asked;

    private Query(String start) {
        text = new StringBuilder(start);
    }

    static Query at(String start) {
        return new Query(start);
    }

    /// One more segment.
    Query then(String segment) {
        text.append('/');
        encode(segment, "-._~");
        return this;
    }

    Query with(String key, String value) {
        text.append(asked ? '&' : '?').append(key).append('=');
        encode(value, "-._~/:,@");
        asked = true;
        return this;
    }

    private void encode(String value, String plain) {
        for (var b : value.getBytes(StandardCharsets.UTF_8)) {
            var c = (char) (b & 0xff);
            if ((c < 0x80 && Character.isLetterOrDigit(c)) || plain.indexOf(c) >= 0) {
                text.append(c);
            } else {
                text.append('%')
                        .append(Character.toUpperCase(Character.forDigit(c >> 4, 16)))
                        .append(Character.toUpperCase(Character.forDigit(c & 15, 16)));
            }
        }
    }

    @Override
    public String toString() {
        return text.toString();
    }
}

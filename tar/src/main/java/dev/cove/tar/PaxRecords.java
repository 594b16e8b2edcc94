package dev.cove.tar;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// What headers in front of a header say about one entry (POSIX.1-2017, pax), GNU's long names
/// included. Of all keys those are kept that matter here, so that nobody fills the memory with
/// others.
final class PaxRecords {
    static final String PATH = "path";
    static final String TARGET = "linkpath";

    private static final int LONGEST_NAME = 4096;
    private static final String SPARSE = "GNU.sparse";
    private static final Set<String> KEPT = Set.of(PATH, TARGET, "size", "mtime", "uid", "gid");

    private final Map<String, String> values = new HashMap<>();

    /// Reads records such as `30 mtime=1321711775.123456789\n`.
    void read(byte[] text) throws IOException {
        var at = 0;
        while (at < text.length) {
            var space = at;
            while (space < text.length && text[space] != ' ') {
                space++;
            }
            var digits = new String(text, at, space - at, StandardCharsets.US_ASCII);
            var length = TarNumbers.parse(digits, 10);
            // The shortest is `5 k=\n`.
            if (length < space - at + 4 || length > text.length - at) {
                throw malformed();
            }
            var end = at + (int) length;
            record(new String(text, space + 1, end - space - 2, StandardCharsets.UTF_8));
            at = end;
        }
    }

    private void record(String pair) throws IOException {
        var equals = pair.indexOf('=');
        if (equals < 1) {
            throw malformed();
        }
        var key = pair.substring(0, equals);
        if (key.startsWith(SPARSE)) {
            throw sparse();
        }
        if (KEPT.contains(key)) {
            put(key, pair.substring(equals + 1));
        }
    }

    void put(String key, String value) throws IOException {
        if (value.length() > LONGEST_NAME) {
            throw new TarException("the archive has a name longer than " + LONGEST_NAME);
        }
        values.put(key, value);
    }

    Optional<String> text(String key) {
        return Optional.ofNullable(values.get(key));
    }

    /// @return whole ones; a fraction is left out
    long number(String key, long otherwise) throws IOException {
        var text = values.get(key);
        if (text == null) {
            return otherwise;
        }
        var point = text.indexOf('.');
        return TarNumbers.parse(point < 0 ? text : text.substring(0, point), 10);
    }

    static TarException sparse() {
        return new TarException(
                "the archive has a sparse file, which is not read here; make it without --sparse");
    }

    static TarException malformed() {
        return new TarException("the archive has a malformed header");
    }
}

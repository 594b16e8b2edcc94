package dev.cove.guest;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// Reads what the kernel reads: archives of the "newc" form, one after the other.
final class CpioReader {
    private static final int HEADER = 110;

    private final Map<String, Entry> entries;

    private CpioReader(Map<String, Entry> entries) {
        this.entries = entries;
    }

    List<String> names() {
        return List.copyOf(entries.keySet());
    }

    Entry entry(String name) {
        return Objects.requireNonNull(entries.get(name), () -> name + " is not in " + names());
    }

    /// @param text the content, byte by byte
    record Entry(int mode, int uid, String text) {
        int permissions() {
            return mode & 0777;
        }
    }

    static CpioReader read(byte[] archives) {
        var entries = new LinkedHashMap<String, Entry>();
        var at = 0;
        while (at < archives.length) {
            if (archives[at] == 0) {
                at += 4;
                continue;
            }
            if (!ascii(archives, at, 6).equals("070701")) {
                throw new IllegalArgumentException("no header at " + at);
            }
            var size = field(archives, at, 6);
            var nameSize = field(archives, at, 11);
            var name = ascii(archives, at + HEADER, nameSize - 1);
            var from = aligned(at + HEADER + nameSize);
            if (!name.equals("TRAILER!!!")) {
                var text = new String(archives, from, size, StandardCharsets.ISO_8859_1);
                entries.put(name, new Entry(field(archives, at, 1), field(archives, at, 2), text));
            }
            at = aligned(from + size);
        }
        return new CpioReader(entries);
    }

    private static int field(byte[] bytes, int header, int index) {
        return Integer.parseUnsignedInt(ascii(bytes, header + 6 + 8 * index, 8), 16);
    }

    private static String ascii(byte[] bytes, int from, int length) {
        return new String(bytes, from, length, StandardCharsets.US_ASCII);
    }

    private static int aligned(int at) {
        return (at + 3) & ~3;
    }
}

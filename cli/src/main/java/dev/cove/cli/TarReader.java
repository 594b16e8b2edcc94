package dev.cove.cli;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// Reads a tar: ustar, pax headers (POSIX.1-2017, pax) and GNU's long names. Sparse files, which no
/// tar makes unasked, are refused.
final class TarReader {
    private static final int BLOCK = 512;
    private static final int LONGEST_NAME = 4096;
    private static final int LARGEST_EXTRA = 64 << 10;

    private final InputStream in;
    private long left;
    private long padding;

    TarReader(InputStream in) {
        this.in = in;
    }

    /// The next entry; what is left of the content of the last one is skipped.
    ///
    /// @return nothing at the end
    /// @throws IOException when this is no tar, or it is cut short
    Optional<TarEntry> next() throws IOException {
        var extra = new HashMap<String, String>();
        while (true) {
            skipRest();
            var block = in.readNBytes(BLOCK);
            if (block.length == 0 || isZero(block)) {
                return Optional.empty();
            }
            if (block.length < BLOCK) {
                throw new EOFException("the archive is cut short");
            }
            check(block);
            content(number(block, 124, 12));
            switch (block[156]) {
                case 'x' -> pax(extra);
                case 'g' -> pax(new HashMap<>());
                case 'L' -> extra.put("path", longName());
                case 'K' -> extra.put("linkpath", longName());
                case 'S' -> throw new IOException("the archive has a sparse file");
                default -> {
                    return Optional.of(entry(block, extra));
                }
            }
        }
    }

    /// The content of the last entry, to its end.
    InputStream content() {
        return new InputStream() {
            @Override
            public int read() throws IOException {
                var one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
            }

            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                if (left == 0) {
                    return -1;
                }
                var count = in.read(bytes, offset, (int) Math.min(length, left));
                if (count < 0) {
                    throw new EOFException("the archive is cut short");
                }
                left -= count;
                return count;
            }
        };
    }

    private void content(long size) throws IOException {
        if (size < 0) {
            throw new IOException("the archive has an entry of negative size");
        }
        left = size;
        padding = (BLOCK - size % BLOCK) % BLOCK;
    }

    private TarEntry entry(byte[] block, Map<String, String> extra) throws IOException {
        if (extra.keySet().stream().anyMatch(k -> k.startsWith("GNU.sparse"))) {
            throw new IOException("the archive has a sparse file");
        }
        var kind = kind(block[156]);
        var size = extra.get("size");
        if (size != null) {
            content(parse(size, 10));
        }
        var path = Optional.ofNullable(extra.get("path")).orElseGet(() -> path(block));
        var target =
                Optional.ofNullable(extra.get("linkpath")).orElseGet(() -> text(block, 157, 100));
        var folder = kind == TarEntry.Kind.FILE && path.endsWith("/");
        if (kind != TarEntry.Kind.FILE) {
            // What is no file has no content, whatever its header says (POSIX); a folder's size is
            // a hint of other systems.
            content(0);
        }
        return new TarEntry(
                folder ? TarEntry.Kind.FOLDER : kind,
                path,
                (int) number(block, 100, 8),
                left,
                Instant.ofEpochSecond(Math.clamp(number(block, 136, 12), 0, 253_402_300_799L)),
                target);
    }

    private static TarEntry.Kind kind(byte type) {
        return switch (type) {
            case '0', 0, '7' -> TarEntry.Kind.FILE;
            case '1' -> TarEntry.Kind.HARDLINK;
            case '2' -> TarEntry.Kind.SYMLINK;
            case '5' -> TarEntry.Kind.FOLDER;
            default -> TarEntry.Kind.OTHER;
        };
    }

    private static String path(byte[] block) {
        var name = text(block, 0, 100);
        var prefix = text(block, 257, 6).equals("ustar") ? text(block, 345, 155) : "";
        return prefix.isEmpty() ? name : prefix + "/" + name;
    }

    private String longName() throws IOException {
        if (left > LONGEST_NAME) {
            throw new IOException("the archive has a name longer than " + LONGEST_NAME + " bytes");
        }
        var bytes = content().readAllBytes();
        return text(bytes, 0, bytes.length);
    }

    /// Records such as `30 mtime=1321711775.123456789\n`.
    private void pax(Map<String, String> extra) throws IOException {
        if (left > LARGEST_EXTRA) {
            throw new IOException("the archive has a header larger than " + LARGEST_EXTRA);
        }
        var text = content().readAllBytes();
        var at = 0;
        while (at < text.length) {
            var space = at;
            while (space < text.length && text[space] != ' ') {
                space++;
            }
            var length = parse(new String(text, at, space - at, StandardCharsets.US_ASCII), 10);
            if (length < space - at + 2 || length > text.length - at) {
                throw new IOException("the archive has a malformed header");
            }
            var end = at + (int) length;
            var pair = new String(text, space + 1, end - space - 2, StandardCharsets.UTF_8);
            var equals = pair.indexOf('=');
            if (equals < 1 || pair.length() > LONGEST_NAME + 64) {
                throw new IOException("the archive has a malformed header");
            }
            extra.put(pair.substring(0, equals), pair.substring(equals + 1));
            at = end;
        }
    }

    private void skipRest() throws IOException {
        in.skipNBytes(left + padding);
        left = 0;
        padding = 0;
    }

    /// The checksum: all bytes, with its own field as spaces.
    private static void check(byte[] block) throws IOException {
        var sum = 0L;
        for (var i = 0; i < BLOCK; i++) {
            sum += i >= 148 && i < 156 ? ' ' : block[i] & 0xff;
        }
        if (sum != number(block, 148, 8)) {
            throw new IOException("this is no tar");
        }
    }

    /// Octal digits, or GNU's base 256 where those do not suffice.
    private static long number(byte[] block, int offset, int length) throws IOException {
        if ((block[offset] & 0x80) != 0) {
            var value = (long) (block[offset] & 0x3f);
            for (var i = 1; i < length; i++) {
                if (value >>> 54 != 0) {
                    throw new IOException("the archive has a number too large to count");
                }
                value = (value << 8) | (block[offset + i] & 0xff);
            }
            return value;
        }
        var text = text(block, offset, length).strip();
        return text.isEmpty() ? 0 : parse(text, 8);
    }

    private static long parse(String text, int radix) throws IOException {
        try {
            return Long.parseLong(text, radix);
        } catch (NumberFormatException e) {
            throw new IOException("the archive has a malformed header", e);
        }
    }

    private static String text(byte[] block, int offset, int length) {
        var end = offset;
        while (end < offset + length && block[end] != 0) {
            end++;
        }
        return new String(block, offset, end - offset, StandardCharsets.UTF_8);
    }

    private static boolean isZero(byte[] block) {
        for (var b : block) {
            if (b != 0) {
                return false;
            }
        }
        return true;
    }
}

package dev.cove.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/// Writes a tar: ustar, with a pax header (POSIX.1-2017, pax) where a name is long or not ASCII, or
/// a file large. Owned by root; permissions go along.
final class TarWriter {
    private static final int BLOCK = 512;
    private static final long LARGEST_PLAIN = 8L << 30;

    private final OutputStream out;

    TarWriter(OutputStream out) {
        this.out = out;
    }

    void folder(TarEntry entry) throws IOException {
        header(entry, '5', 0);
    }

    void symlink(TarEntry entry) throws IOException {
        header(entry, '2', 0);
    }

    /// @param content exactly `entry.size()` bytes of it are taken
    /// @throws IOException when there are less: the archive cannot be mended then
    void file(TarEntry entry, InputStream content) throws IOException {
        header(entry, '0', entry.size());
        var left = entry.size();
        var block = new byte[32 << 10];
        while (left > 0) {
            var count = content.read(block, 0, (int) Math.min(block.length, left));
            if (count < 0) {
                throw new IOException(entry.path() + " became shorter while it was read");
            }
            out.write(block, 0, count);
            left -= count;
        }
        out.write(new byte[(int) ((BLOCK - entry.size() % BLOCK) % BLOCK)]);
    }

    /// The end of the archive; the stream stays open.
    void end() throws IOException {
        out.write(new byte[2 * BLOCK]);
    }

    private void header(TarEntry entry, char type, long size) throws IOException {
        var extra = new StringBuilder();
        if (!fits(entry.path())) {
            record(extra, "path", entry.path());
        }
        if (!fits(entry.target())) {
            record(extra, "linkpath", entry.target());
        }
        if (size >= LARGEST_PLAIN) {
            record(extra, "size", Long.toString(size));
        }
        if (!extra.isEmpty()) {
            var text = extra.toString().getBytes(StandardCharsets.UTF_8);
            block("pax", 0644, text.length, 0, 'x', "");
            out.write(text);
            out.write(new byte[(BLOCK - text.length % BLOCK) % BLOCK]);
        }
        block(
                shortened(entry.path()),
                entry.mode() & 07777,
                size < LARGEST_PLAIN ? size : 0,
                entry.modified().getEpochSecond(),
                type,
                shortened(entry.target()));
    }

    /// `30 key=value\n`, where 30 counts itself.
    private static void record(StringBuilder extra, String key, String value) {
        var rest = key.length() + value.getBytes(StandardCharsets.UTF_8).length + 3;
        var length = rest + 1;
        while (Integer.toString(length).length() + rest != length) {
            length++;
        }
        extra.append(length).append(' ').append(key).append('=').append(value).append('\n');
    }

    private static boolean fits(String name) {
        return name.length() <= 100 && name.chars().allMatch(c -> c >= 0x20 && c < 0x7f);
    }

    private static String shortened(String name) {
        return fits(name) ? name : "see-the-pax-header";
    }

    private void block(String name, int mode, long size, long seconds, char type, String target)
            throws IOException {
        var block = new byte[BLOCK];
        put(block, 0, name);
        put(block, 100, octal(mode, 7));
        put(block, 108, octal(0, 7));
        put(block, 116, octal(0, 7));
        put(block, 124, octal(size, 11));
        put(block, 136, octal(Math.clamp(seconds, 0, 077777777777L), 11));
        put(block, 148, "        ");
        block[156] = (byte) type;
        put(block, 157, target);
        put(block, 257, "ustar");
        put(block, 263, "00");
        put(block, 265, "root");
        put(block, 297, "root");
        var sum = 0;
        for (var b : block) {
            sum += b & 0xff;
        }
        put(block, 148, octal(sum, 6) + "\0 ");
        out.write(block);
    }

    private static String octal(long value, int digits) {
        var text = Long.toOctalString(value);
        return "0".repeat(Math.max(0, digits - text.length())) + text;
    }

    private static void put(byte[] block, int offset, String text) {
        var bytes = text.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(bytes, 0, block, offset, bytes.length);
    }
}

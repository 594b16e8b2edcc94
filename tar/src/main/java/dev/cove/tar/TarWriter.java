package dev.cove.tar;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/// Writes a tar: ustar, with a pax header (POSIX.1-2017, pax) where a name is long or not ASCII, or
/// a number large.
public final class TarWriter {
    private static final int BLOCK = 512;
    private static final long LARGEST_SIZE = 077777777777L;
    private static final long LARGEST_OWNER = 07777777;

    private final OutputStream out;

    public TarWriter(OutputStream out) {
        this.out = out;
    }

    /// Writes an entry that has no content.
    ///
    /// @throws IllegalArgumentException for one that is no folder and no link
    public void add(TarEntry entry) throws IOException {
        var type =
                switch (entry.kind()) {
                    case FOLDER -> '5';
                    case SYMLINK -> '2';
                    case HARDLINK -> '1';
                    case FILE, DEVICE, OTHER ->
                            throw new IllegalArgumentException(entry + " is no folder and no link");
                };
        header(entry, type, 0);
    }

    /// Writes a file.
    ///
    /// @param content exactly `entry.size()` bytes of it are taken
    /// @throws IOException when there are less, or the thread is interrupted: the archive cannot be
    ///   mended then
    public void file(TarEntry entry, InputStream content) throws IOException {
        header(entry, '0', entry.size());
        var left = entry.size();
        var block = new byte[32 << 10];
        while (left > 0) {
            var count = content.read(block, 0, (int) Math.min(block.length, left));
            if (count < 0) {
                throw new IOException(entry.path() + " became shorter while it was read");
            }
            if (Thread.interrupted()) {
                throw new InterruptedIOException("interrupted while an archive was written");
            }
            out.write(block, 0, count);
            left -= count;
        }
        out.write(new byte[padding(entry.size())]);
    }

    /// The end of the archive; the stream stays open.
    public void end() throws IOException {
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
        var sizeFits = number(extra, "size", size, LARGEST_SIZE);
        var user = number(extra, "uid", entry.user(), LARGEST_OWNER);
        var group = number(extra, "gid", entry.group(), LARGEST_OWNER);
        if (!extra.isEmpty()) {
            var text = extra.toString().getBytes(StandardCharsets.UTF_8);
            out.write(new TarHeader("pax", 'x').mode(0644).size(text.length).bytes());
            out.write(text);
            out.write(new byte[padding(text.length)]);
        }
        out.write(
                new TarHeader(shortened(entry.path()), type)
                        .mode(entry.mode() & 07777)
                        .owners(user, group)
                        .size(sizeFits)
                        .modified(entry.modified())
                        .target(shortened(entry.target()))
                        .bytes());
    }

    /// @return what the field of that number is to say
    private static long number(StringBuilder extra, String key, long value, long largest) {
        if (value <= largest) {
            return value;
        }
        record(extra, key, Long.toString(value));
        return 0;
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

    private static int padding(long size) {
        return (int) ((BLOCK - size % BLOCK) % BLOCK);
    }
}

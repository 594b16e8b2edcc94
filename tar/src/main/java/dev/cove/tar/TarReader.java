package dev.cove.tar;

import dev.cove.tar.TarEntry.Kind;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.Optional;

/// Reads a tar: ustar, pax headers (POSIX.1-2017, pax) and GNU's long names, with bounds on all
/// that it keeps in memory. Sparse files, which no tar makes unasked, are refused.
public final class TarReader {
    private static final int BLOCK = 512;
    private static final int LARGEST_EXTRA = 64 << 10;
    private static final int MOST_EXTRAS = 16;
    private static final long LATEST = 253_402_300_799L; // 9999-12-31

    private final InputStream in;
    private long left;
    private long padding;

    public TarReader(InputStream in) {
        this.in = in;
    }

    /// The next entry; what is left of the content of the last one is skipped.
    ///
    /// @return nothing at the end
    /// @throws TarException when this is no tar, or has what is not read here
    /// @throws EOFException when it is cut short
    public Optional<TarEntry> next() throws IOException {
        var extra = new PaxRecords();
        for (var extras = 0; extras <= MOST_EXTRAS; extras++) {
            skipRest();
            var block = block();
            if (isZero(block)) {
                return Optional.empty();
            }
            check(block);
            content(TarNumbers.number(block, 124, 12));
            switch (block[156]) {
                case 'x' -> extra.read(extra());
                case 'g' -> extra(); // defaults for all entries, which no tar writes unasked
                case 'L' -> extra.put(PaxRecords.PATH, longName());
                case 'K' -> extra.put(PaxRecords.TARGET, longName());
                case 'S' -> throw PaxRecords.sparse();
                default -> {
                    return Optional.of(entry(block, extra));
                }
            }
        }
        throw new TarException("the archive has an entry of endless headers");
    }

    /// The content of the last entry, to its end.
    public InputStream content() {
        return new Content();
    }

    private byte[] block() throws IOException {
        var block = in.readNBytes(BLOCK);
        // Two blocks of zeros are an archive's end; where there are none, some of it is missing.
        if (block.length < BLOCK) {
            throw cut();
        }
        return block;
    }

    private void content(long size) throws IOException {
        if (size < 0) {
            throw new TarException("the archive has an entry of negative size");
        }
        left = size;
        padding = (BLOCK - size % BLOCK) % BLOCK;
    }

    private TarEntry entry(byte[] block, PaxRecords extra) throws IOException {
        content(extra.number("size", left));
        var path = extra.text(PaxRecords.PATH).orElseGet(() -> path(block));
        var target =
                extra.text(PaxRecords.TARGET).orElseGet(() -> TarNumbers.text(block, 157, 100));
        var kind = kind(block[156]);
        switch (kind) {
            case FILE, OTHER -> {}
            // These have no content, whatever the header says (POSIX); a folder's size is a hint of
            // other systems.
            case FOLDER, SYMLINK, HARDLINK, DEVICE -> content(0);
        }
        // How a folder was written before there was a type for it.
        var isFolder = kind == Kind.FILE && path.endsWith("/");
        var modified = extra.number("mtime", TarNumbers.number(block, 136, 12));
        return new TarEntry(
                isFolder ? Kind.FOLDER : kind,
                path,
                (int) TarNumbers.number(block, 100, 8),
                extra.number("uid", TarNumbers.number(block, 108, 8)),
                extra.number("gid", TarNumbers.number(block, 116, 8)),
                isFolder ? 0 : left,
                Instant.ofEpochSecond(Math.clamp(modified, -LATEST, LATEST)),
                target);
    }

    private static Kind kind(byte type) {
        return switch (type) {
            case '0', 0, '7' -> Kind.FILE;
            case '1' -> Kind.HARDLINK;
            case '2' -> Kind.SYMLINK;
            case '3', '4', '6' -> Kind.DEVICE;
            case '5' -> Kind.FOLDER;
            default -> Kind.OTHER;
        };
    }

    private static String path(byte[] block) {
        var name = TarNumbers.text(block, 0, 100);
        var isUstar = TarNumbers.text(block, 257, 6).equals("ustar");
        var prefix = isUstar ? TarNumbers.text(block, 345, 155) : "";
        return prefix.isEmpty() ? name : prefix + "/" + name;
    }

    private String longName() throws IOException {
        var bytes = extra();
        return TarNumbers.text(bytes, 0, bytes.length);
    }

    private byte[] extra() throws IOException {
        if (left > LARGEST_EXTRA) {
            throw new TarException("the archive has a header larger than " + LARGEST_EXTRA);
        }
        return content().readAllBytes();
    }

    private void skipRest() throws IOException {
        try {
            in.skipNBytes(left + padding);
        } catch (EOFException e) {
            throw (EOFException) cut().initCause(e);
        }
        left = 0;
        padding = 0;
    }

    /// The checksum: all bytes, with its own field as spaces.
    private static void check(byte[] block) throws IOException {
        var sum = 0L;
        for (var i = 0; i < BLOCK; i++) {
            sum += i >= 148 && i < 156 ? ' ' : block[i] & 0xff;
        }
        if (sum != TarNumbers.number(block, 148, 8)) {
            throw new TarException("this is no tar, or the archive is damaged");
        }
    }

    private static boolean isZero(byte[] block) {
        for (var b : block) {
            if (b != 0) {
                return false;
            }
        }
        return true;
    }

    private static EOFException cut() {
        return new EOFException("the archive is cut short");
    }

    private final class Content extends InputStream {
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
                throw cut();
            }
            left -= count;
            return count;
        }
    }
}

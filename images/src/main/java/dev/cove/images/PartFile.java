package dev.cove.images;

import dev.cove.core.CoveException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.Arrays;

/// A file that a part of an import becomes, made of pieces in order. Where it may be sparse, it is:
/// what is zero is not written.
final class PartFile implements AutoCloseable {
    private static final int BLOCK = 4096;
    private static final byte[] ZEROS = new byte[BLOCK];

    private final ExportPart part;
    private final Path file;
    private final RandomAccessFile out;
    private final long size;

    /// Behind the last piece.
    private long end;

    private PartFile(ExportPart part, Path file, RandomAccessFile out, long size) {
        this.part = part;
        this.file = file;
        this.out = out;
        this.size = size;
    }

    /// Makes the file, which must not be there.
    ///
    /// @param size that it has in the end
    static PartFile make(ExportPart part, Path file, long size) {
        try {
            PoolFile.make(file);
            return new PartFile(part, file, new RandomAccessFile(file.toFile(), "rw"), size);
        } catch (IOException e) {
            throw unwritable(file, e);
        }
    }

    /// Refuses a piece that does not fit behind the last one and into the file.
    void requirePlace(long at, int length) {
        if (at < end || at > size - length) {
            throw ExportReader.invalid(
                    "a piece of its %s from %d to %d lies outside of %d to %d"
                            .formatted(part, at, at + length, end, size));
        }
        if (!part.sparse() && at != end) {
            throw ExportReader.invalid("its %s has a hole at %d".formatted(part, end));
        }
    }

    /// Writes a piece that has its place.
    void write(long at, byte[] content, int length) {
        end = at + length;
        if (!part.sparse()) {
            put(at, content, 0, length);
            return;
        }
        var wrote = false;
        for (var from = nonZero(content, 0, length, at); from < length; ) {
            var to = zero(content, from, length, at);
            put(at, content, from, to);
            wrote = true;
            from = nonZero(content, to, length, at);
        }
        if (!wrote) {
            throw ExportReader.invalid("a piece of its %s at %d is nothing".formatted(part, at));
        }
    }

    /// The first block from there on that is not all zeros, or the end.
    private static int nonZero(byte[] content, int from, int length, long at) {
        while (from < length && isZero(content, from, blockEnd(from, length, at))) {
            from = blockEnd(from, length, at);
        }
        return from;
    }

    private static int zero(byte[] content, int from, int length, long at) {
        while (from < length && !isZero(content, from, blockEnd(from, length, at))) {
            from = blockEnd(from, length, at);
        }
        return from;
    }

    /// Blocks are those of the file, wherever the piece begins.
    private static int blockEnd(int from, int length, long at) {
        return (int) Math.min(length, from + BLOCK - (at + from) % BLOCK);
    }

    private static boolean isZero(byte[] content, int from, int to) {
        return Arrays.equals(content, from, to, ZEROS, 0, to - from);
    }

    private void put(long at, byte[] content, int from, int to) {
        try {
            out.seek(at + from);
            out.write(content, from, to - from);
        } catch (IOException e) {
            throw unwritable(file, e);
        }
    }

    /// Gives the file its size.
    void finish() {
        if (!part.sparse() && end < size) {
            throw ExportReader.invalid(
                    "its %s has %d bytes and should have %d".formatted(part, end, size));
        }
        try {
            out.setLength(size);
        } catch (IOException e) {
            throw unwritable(file, e);
        }
    }

    @Override
    public void close() {
        try {
            out.close();
        } catch (IOException e) {
            throw unwritable(file, e);
        }
    }

    private static CoveException unwritable(Path file, IOException cause) {
        return CoveException.unavailable(
                file + " cannot be written: " + cause.getMessage() + "; see: cove doctor", cause);
    }
}

package dev.cove.images;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import dev.cove.core.CoveException;
import dev.cove.platform.SparseFile;
import dev.cove.platform.SystemCallException;
import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Writes an exported VM in order: header, parts, end.
final class ExportWriter implements AutoCloseable {
    private static final int LEVEL = 3;
    private static final int BUFFER = 1 << 16;
    private static final byte[] ZEROS = new byte[ExportPart.LARGEST_PIECE];

    private final DigestOutputStream digested;
    private final DataOutputStream out;
    private final ZstdCompressCtx zstd = new ZstdCompressCtx().setLevel(LEVEL);
    private final byte[] raw = new byte[ExportPart.LARGEST_PIECE];
    private final byte[] packed = new byte[(int) Zstd.compressBound(ExportPart.LARGEST_PIECE)];

    ExportWriter(OutputStream to) {
        digested =
                new DigestOutputStream(
                        new BufferedOutputStream(to, BUFFER), ExportHeader.newDigest());
        out = new DataOutputStream(digested);
    }

    void header(ExportHeader header) throws IOException {
        var document = header.document();
        out.write(ExportHeader.MAGIC);
        out.writeInt(document.length);
        out.write(document);
    }

    void part(ExportPart part, Path file) throws IOException, InterruptedException {
        try (var in = open(file)) {
            for (var extent : extents(part, file, in)) {
                for (var at = extent.from; at < extent.to; ) {
                    // Pieces end at multiples of their size, wherever extents begin.
                    var end = (at / raw.length + 1) * raw.length;
                    var length = (int) (Math.min(end, extent.to) - at);
                    read(in, file, at, length);
                    piece(part, at, length);
                    at += length;
                }
            }
        }
    }

    private record Extent(long from, long to) {}

    private static List<Extent> extents(ExportPart part, Path file, RandomAccessFile in) {
        try {
            if (!part.sparse()) {
                return List.of(new Extent(0, in.length()));
            }
            var extents = new ArrayList<Extent>();
            SparseFile.<RuntimeException>eachExtent(
                    file, (from, to) -> extents.add(new Extent(from, to)));
            return extents;
        } catch (IOException | SystemCallException e) {
            throw unreadable(file, e);
        }
    }

    private static RandomAccessFile open(Path file) {
        try {
            return new RandomAccessFile(file.toFile(), "r");
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    private void read(RandomAccessFile in, Path file, long from, int length) {
        try {
            in.seek(from);
            in.readFully(raw, 0, length);
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    private void piece(ExportPart part, long at, int length)
            throws IOException, InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        if (part.sparse() && Arrays.equals(raw, 0, length, ZEROS, 0, length)) {
            return;
        }
        var size = zstd.compressByteArray(packed, 0, packed.length, raw, 0, length);
        out.writeByte(part.number());
        out.writeLong(at);
        out.writeInt(length);
        // What does not become smaller stays as it is.
        out.writeInt(Math.min(size, length));
        out.write(size < length ? packed : raw, 0, Math.min(size, length));
    }

    void end() throws IOException {
        out.writeByte(ExportPart.END);
        var digest = digested.getMessageDigest().digest();
        digested.on(false);
        out.write(digest);
        out.flush();
    }

    /// The stream stays open.
    @Override
    public void close() {
        zstd.close();
    }

    private static CoveException unreadable(Path file, Exception cause) {
        return CoveException.unavailable(
                file + " cannot be read: " + cause + "; see: cove doctor", cause);
    }
}

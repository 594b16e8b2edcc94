package dev.cove.images;

import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import dev.cove.core.Bytes;
import dev.cove.core.CoveException;
import dev.cove.core.port.Snapshots;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.function.Supplier;

/// Reads an exported VM, which anybody may have made. Nothing is larger than it says, nothing that
/// it says is believed: a piece is unpacked into a buffer of its size and no more, has to lie
/// behind the one before it and inside its part, and has to hold something, so that what a file
/// makes us do is bounded by what it makes us write, and that by the room that there is.
final class ExportReader implements AutoCloseable {
    private static final int LARGEST_HEADER = 1 << 20;
    private static final int BUFFER = 1 << 16;

    /// How often to look whether there is room.
    private static final long LOOK_EACH = 16 << 20;

    private final DigestInputStream digested;
    private final DataInputStream in;
    private final Supplier<Bytes> free;
    private final ZstdDecompressCtx zstd = new ZstdDecompressCtx();
    private final byte[] packed = new byte[ExportPart.LARGEST_PIECE];
    private final byte[] raw = new byte[ExportPart.LARGEST_PIECE];
    private long looked = -LOOK_EACH;
    private long written;

    /// @param free what is free where the files go
    ExportReader(InputStream from, Supplier<Bytes> free) {
        digested =
                new DigestInputStream(
                        new BufferedInputStream(from, BUFFER), ExportHeader.newDigest());
        in = new DataInputStream(digested);
        this.free = free;
    }

    ExportHeader header() throws IOException {
        try {
            if (!Arrays.equals(in.readNBytes(ExportHeader.MAGIC.length), ExportHeader.MAGIC)) {
                throw invalid("it is no VM that a Cove of this age has exported");
            }
            var length = in.readInt();
            if (length < 1 || length > LARGEST_HEADER) {
                throw invalid("its header cannot have " + length + " bytes");
            }
            var document = in.readNBytes(length);
            if (document.length < length) {
                throw new EOFException();
            }
            return ExportHeader.parse(document);
        } catch (EOFException e) {
            throw cutShort();
        }
    }

    /// Reads all parts, and everything up to the end.
    ///
    /// @param files that are not there yet
    void parts(ExportHeader header, Snapshots.Files files)
            throws IOException, InterruptedException {
        try {
            var next = in.readUnsignedByte();
            for (var part : header.parts()) {
                try (var target = PartFile.make(part, part.in(files), header.size(part))) {
                    for (; next == part.number(); next = in.readUnsignedByte()) {
                        piece(target);
                    }
                    target.finish();
                }
            }
            if (next != ExportPart.END) {
                throw invalid("it goes on with a piece of kind " + next + " where none can be");
            }
            end();
        } catch (EOFException e) {
            throw cutShort();
        }
    }

    private void piece(PartFile target) throws IOException, InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        var at = in.readLong();
        var length = in.readInt();
        var size = in.readInt();
        if (length < 1 || length > raw.length || size < 1 || size > length) {
            throw invalid("a piece cannot have %d bytes in %d".formatted(length, size));
        }
        target.requirePlace(at, length);
        in.readFully(size < length ? packed : raw, 0, size);
        if (size < length) {
            unpack(size, length);
        }
        requireRoom();
        written += length;
        target.write(at, raw, length);
    }

    private void unpack(int size, int length) {
        try {
            var unpacked = zstd.decompressByteArray(raw, 0, length, packed, 0, size);
            if (unpacked != length) {
                throw invalid("a piece of %d bytes has %d".formatted(length, unpacked));
            }
        } catch (ZstdException e) {
            throw invalid("a piece cannot be unpacked: " + e.getMessage());
        }
    }

    private void requireRoom() {
        if (written - looked < LOOK_EACH) {
            return;
        }
        looked = written;
        if (free.get().compareTo(DiskPool.HEADROOM) < 0) {
            throw CoveException.unavailable(
                    "there is no room for this VM: the pool has less than "
                            + DiskPool.HEADROOM
                            + " free after "
                            + new Bytes(written).toMebibytes()
                            + "M of it; destroy VMs, or remove snapshots and images");
        }
    }

    private void end() throws IOException {
        var found = digested.getMessageDigest().digest();
        digested.on(false);
        var wanted = new byte[found.length];
        in.readFully(wanted);
        if (!MessageDigest.isEqual(found, wanted)) {
            throw invalid("its checksum is not that of what is in it");
        }
        if (in.read() >= 0) {
            throw invalid("there is more behind its end");
        }
    }

    /// The stream stays open.
    @Override
    public void close() {
        zstd.close();
    }

    private static CoveException cutShort() {
        return invalid("it is cut short");
    }

    static CoveException invalid(String why) {
        return CoveException.invalid(
                "this file cannot be imported: " + why + "; copy or export it once more");
    }
}

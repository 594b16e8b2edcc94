package dev.cove.images;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/// An exported VM in its parts, to be put together otherwise than Cove would, with a checksum that
/// is right all the same.
record ExportBytes(String header, List<Piece> pieces, int end) {
    private static final int DIGEST = 32;

    ExportBytes {
        pieces = List.copyOf(pieces);
    }

    /// One piece, and what it says of itself.
    static final class Piece {
        private final int kind;
        private final long at;
        private final int length;
        private final int size;
        private final byte[] content;

        /// @param size that it says its content has
        Piece(int kind, long at, int length, int size, byte[] content) {
            this.kind = kind;
            this.at = at;
            this.length = length;
            this.size = size;
            this.content = content;
        }

        /// Uncompressed.
        static Piece of(ExportPart part, long at, byte[] content) {
            return new Piece(part.number(), at, content.length, content.length, content);
        }

        int kind() {
            return kind;
        }

        long at() {
            return at;
        }

        int length() {
            return length;
        }

        Piece kind(int other) {
            return new Piece(other, at, length, size, content);
        }

        Piece at(long other) {
            return new Piece(kind, other, length, size, content);
        }

        Piece length(int other) {
            return new Piece(kind, at, other, size, content);
        }

        Piece size(int other) {
            return new Piece(kind, at, length, other, content);
        }
    }

    ExportBytes with(List<Piece> others) {
        return new ExportBytes(header, others, end);
    }

    ExportBytes with(String otherHeader) {
        return new ExportBytes(otherHeader, pieces, end);
    }

    /// Takes apart what Cove has written.
    static ExportBytes of(byte[] file) {
        try (var in = new DataInputStream(new java.io.ByteArrayInputStream(file))) {
            in.skipNBytes(ExportHeader.MAGIC.length);
            var header = new String(in.readNBytes(in.readInt()), UTF_8);
            var pieces = new ArrayList<Piece>();
            var kind = in.readUnsignedByte();
            for (; kind != ExportPart.END; kind = in.readUnsignedByte()) {
                var at = in.readLong();
                var length = in.readInt();
                var size = in.readInt();
                pieces.add(new Piece(kind, at, length, size, in.readNBytes(size)));
            }
            return new ExportBytes(header, pieces, kind);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    byte[] bytes() {
        var bytes = new ByteArrayOutputStream();
        try (var out = new DataOutputStream(bytes)) {
            out.write(ExportHeader.MAGIC);
            var document = header.getBytes(UTF_8);
            out.writeInt(document.length);
            out.write(document);
            for (var piece : pieces) {
                out.writeByte(piece.kind);
                out.writeLong(piece.at);
                out.writeInt(piece.length);
                out.writeInt(piece.size);
                out.write(piece.content);
            }
            out.writeByte(end);
            out.write(ExportHeader.newDigest().digest(bytes.toByteArray()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /// Makes the checksum of a file right that somebody has changed.
    static byte[] resigned(byte[] file) {
        if (file.length < DIGEST) {
            return file;
        }
        var digest = ExportHeader.newDigest();
        digest.update(file, 0, file.length - DIGEST);
        var signed = file.clone();
        System.arraycopy(digest.digest(), 0, signed, file.length - DIGEST, DIGEST);
        return signed;
    }
}

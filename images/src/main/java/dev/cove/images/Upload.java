package dev.cove.images;

import dev.cove.core.Bytes;
import dev.cove.core.CoveException;
import dev.cove.core.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;

/// Keeps what a caller sends, before anything looks at it.
final class Upload {
    private static final int BLOCK = 1 << 16;

    private Upload() {}

    /// Saves it, leaving out blocks of zeros, so that a raw disk becomes sparse.
    ///
    /// @param most that it may have
    /// @param sha256 what all of it has to be
    /// @throws CoveException INVALID when it is not that, or too much; the file is of no use then
    static void save(InputStream content, Path file, Bytes most, Optional<Digest> sha256)
            throws IOException, InterruptedException {
        var digest = sha256();
        var size = 0L;
        var zeros = new byte[BLOCK];
        try (var out =
                FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            while (true) {
                var block = content.readNBytes(BLOCK);
                digest.update(block);
                if (!Arrays.equals(block, 0, block.length, zeros, 0, block.length)) {
                    write(out, ByteBuffer.wrap(block), size);
                }
                size += block.length;
                requireRoom(size, most);
                if (block.length < BLOCK) {
                    break;
                }
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
            }
            if (out.size() < size) {
                write(out, ByteBuffer.wrap(new byte[1]), size - 1);
            }
        }
        var found = new Digest("sha256:" + HexFormat.of().formatHex(digest.digest()));
        if (sha256.isPresent() && !sha256.get().equals(found)) {
            throw CoveException.invalid(
                    "this is not the file that was meant: its digest is "
                            + found
                            + ", not "
                            + sha256.get()
                            + "; fetch it once more");
        }
    }

    private static void write(FileChannel out, ByteBuffer bytes, long at) throws IOException {
        while (bytes.hasRemaining()) {
            out.write(bytes, at + bytes.position());
        }
    }

    private static void requireRoom(long size, Bytes most) {
        if (size > most.count()) {
            throw CoveException.invalid(
                    "this file cannot be imported: it is larger than "
                            + Intake.SHARE
                            + ", "
                            + most.toMebibytes()
                            + "M; destroy VMs or remove images");
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this Java has no SHA-256", e);
        }
    }
}

package dev.cove.images;

import dev.cove.core.Digest;
import dev.cove.platform.SparseFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// The digest of a raw disk: a SHA-256 over what it reads as, which skips zeros, so that 4 GiB of
/// holes cost nothing, and which does not depend on where the holes are.
///
/// Over, in this order: the disk's size in bytes as 8 bytes, the highest first; then for each block
/// of 64 KiB (the last one may be shorter) that is not all zeros, its number as 8 bytes and its
/// content.
final class DiskDigest {
    static final int BLOCK = 1 << 16;

    private final MessageDigest sha256;
    private final FileChannel disk;
    private final ByteBuffer block = ByteBuffer.allocate(BLOCK);
    private long done;

    private DiskDigest(FileChannel disk) {
        this.disk = disk;
        try {
            sha256 = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this Java has no SHA-256", e);
        }
    }

    static Digest of(Path file) throws IOException {
        try (var disk = FileChannel.open(file)) {
            var digest = new DiskDigest(disk);
            digest.number(disk.size());
            SparseFile.<IOException>eachExtent(file, digest::blocks);
            return new Digest("sha256:" + HexFormat.of().formatHex(digest.sha256.digest()));
        }
    }

    /// Extents may share a block; it counts once.
    private void blocks(long from, long to) throws IOException {
        for (var at = Math.max(done, from / BLOCK); at * BLOCK < to; at++) {
            read(at);
            if (!isZero(block)) {
                number(at);
                sha256.update(block);
            }
            done = at + 1;
        }
    }

    private void read(long number) throws IOException {
        block.clear();
        while (block.hasRemaining() && disk.read(block, number * BLOCK + block.position()) > 0) {
            // A read may be short.
        }
        block.flip();
    }

    private static boolean isZero(ByteBuffer bytes) {
        return bytes.mismatch(ZEROS.duplicate().limit(bytes.limit())) < 0;
    }

    private void number(long value) {
        sha256.update(ByteBuffer.allocate(8).putLong(value).flip());
    }

    private static final ByteBuffer ZEROS = ByteBuffer.allocate(BLOCK).asReadOnlyBuffer();
}

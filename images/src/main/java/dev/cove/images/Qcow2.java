package dev.cove.images;

import dev.cove.core.Bytes;
import dev.cove.core.CoveException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/// The header of a qcow2 file (QEMU, `docs/interop/qcow2.txt`), read before any other program sees
/// the file: whoever converts one that names another file copies that file into the image.
///
/// @param size of the disk as a guest sees it
record Qcow2(Bytes size) {
    static final int MAGIC = 0x514649fb;
    private static final int LEAST_HEADER = 72;
    private static final int HEADER = 104;
    private static final long DIRTY = 1;
    private static final long CORRUPT = 2;
    private static final long EXTERNAL_DATA = 4;
    private static final long COMPRESSION = 8;
    private static final String ANEW = "; write it anew with: qemu-img convert -O qcow2";
    private static final long KNOWN = DIRTY | COMPRESSION;

    /// @throws CoveException INVALID when the file needs another one, a key, or something unknown
    static Qcow2 read(Path file) throws IOException {
        var header = ByteBuffer.allocate(HEADER);
        try (var channel = FileChannel.open(file)) {
            while (header.hasRemaining() && channel.read(header, header.position()) > 0) {
                // A read may be short.
            }
        }
        header.flip();
        if (header.limit() < LEAST_HEADER || header.getInt(0) != MAGIC) {
            throw refused("it is cut short; fetch it once more");
        }
        var version = header.getInt(4);
        if (version != 2 && version != 3) {
            throw refused("its version is " + Integer.toUnsignedString(version) + ANEW);
        }
        if (header.getLong(8) != 0 || header.getInt(16) != 0) {
            throw refused(
                    "it has a backing file; write all into one with: qemu-img convert -O qcow2");
        }
        if (header.getInt(32) != 0) {
            throw refused("it is encrypted" + ANEW);
        }
        if (header.getInt(60) != 0) {
            throw refused(
                    "it holds snapshots of a VM; write its disk alone with: qemu-img convert");
        }
        if (version == 3) {
            checkFeatures(header);
        }
        var size = header.getLong(24);
        if (size <= 0) {
            throw refused("its size is " + Long.toUnsignedString(size) + ANEW);
        }
        return new Qcow2(new Bytes(size));
    }

    private static void checkFeatures(ByteBuffer header) {
        if (header.limit() < HEADER) {
            throw refused("it is cut short; fetch it once more");
        }
        var features = header.getLong(72);
        if ((features & EXTERNAL_DATA) != 0) {
            throw refused("its data is in another file; write all into one with: qemu-img convert");
        }
        if ((features & CORRUPT) != 0) {
            throw refused("it is marked as corrupt; see: qemu-img check");
        }
        if ((features & ~KNOWN) != 0) {
            throw refused("it has unknown features, 0x" + Long.toHexString(features) + ANEW);
        }
    }

    private static CoveException refused(String why) {
        return CoveException.invalid("this qcow2 file cannot be imported: " + why);
    }
}

package dev.cove.images;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/// Looks for a root file system where Cove's initramfs will look for it: on the whole disk, or in
/// its first partition (MBR or GPT).
final class RootDisk {
    private static final int SECTOR = 512;
    private static final int SUPERBLOCK_MAGIC = 1024 + 0x38;
    private static final int BLOCKS = 1024 + 0x4;
    private static final int BLOCK_SHIFT = 1024 + 0x18;
    private static final int INCOMPATIBLE = 1024 + 0x60;
    private static final int BLOCKS_HIGH = 1024 + 0x150;
    private static final int IS_64BIT = 0x80;
    private static final int LARGEST_SHIFT = 16;
    private static final int MBR_SIGNATURE = 510;
    private static final int MBR_FIRST_START = 0x1be + 8;
    private static final int GPT_ENTRIES = SECTOR + 72;
    private static final int GPT_ENTRY_START = 32;
    private static final long GPT_SIGNATURE = 0x5452415020494645L;

    private RootDisk() {}

    /// What was found.
    enum Root {
        WHOLE,
        CUT,
        NONE
    }

    static Root look(Path file) throws IOException {
        try (var disk = FileChannel.open(file)) {
            if (isExt4(disk, 0)) {
                return end(disk, 0);
            }
            if (number(disk, MBR_SIGNATURE, 2) != 0xaa55) {
                return Root.NONE;
            }
            var start = firstPartition(disk);
            return start > 0 && start < disk.size() / SECTOR && isExt4(disk, start * SECTOR)
                    ? end(disk, start * SECTOR)
                    : Root.NONE;
        }
    }

    /// @return its first sector
    private static long firstPartition(FileChannel disk) throws IOException {
        if (number(disk, SECTOR, 8) != GPT_SIGNATURE) {
            return number(disk, MBR_FIRST_START, 4);
        }
        return number(disk, number(disk, GPT_ENTRIES, 8) * SECTOR + GPT_ENTRY_START, 8);
    }

    private static boolean isExt4(FileChannel disk, long at) throws IOException {
        return number(disk, at + SUPERBLOCK_MAGIC, 2) == 0xef53;
    }

    /// Whether the disk is as long as its superblock says (kernel, `fs/ext4/ext4.h`).
    private static Root end(FileChannel disk, long at) throws IOException {
        var blocks = number(disk, at + BLOCKS, 4);
        if ((number(disk, at + INCOMPATIBLE, 4) & IS_64BIT) != 0) {
            blocks |= number(disk, at + BLOCKS_HIGH, 4) << 32;
        }
        var shift = 10 + number(disk, at + BLOCK_SHIFT, 4);
        if (shift > LARGEST_SHIFT) {
            return Root.NONE;
        }
        return blocks > 0 && blocks <= (disk.size() - at) >> shift ? Root.WHOLE : Root.CUT;
    }

    /// @return 0 beyond the end
    private static long number(FileChannel disk, long at, int length) throws IOException {
        var bytes = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
        bytes.limit(length);
        if (at < 0 || disk.read(bytes, at) < length) {
            return 0;
        }
        return bytes.clear().getLong(0);
    }
}

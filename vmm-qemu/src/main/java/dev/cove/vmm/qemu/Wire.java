package dev.cove.vmm.qemu;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/// How QEMU writes down what a machine is doing, as far as we look at it: all numbers big-endian,
/// all names a byte of length and their bytes. It begins with magic and version, then
/// `CONFIGURATION`, the machine type with 4 bytes of length, and a `SUBSECTION` where capabilities
/// were set that who reads has to have set, too. Sections follow:
///
/// | | |
/// |---|---|
/// | `START` | id, name, instance, version, content: memory alone has one here |
/// | `PART`, `END` | id, content |
/// | `COMMAND` | 2 bytes of kind, 2 of length, content; 10.0 has one before the last memory |
/// | `FULL` | a device's, whose content says nothing of its length |
/// | `FOOTER` | id, after the content of each but a command |
///
/// The content of `ram` in version 4 are records up to `EOS`, each of an offset in a block of
/// memory, with flags in its low bits, and what the flags say:
///
/// | | |
/// |---|---|
/// | `MEM_SIZE` | name and 8 bytes of size of each block; the offset is the sum of sizes |
/// | `PAGE` | where `CONTINUE` is not set, too, the block's name; 4096 bytes |
/// | `ZERO` | likewise; one byte that is zero |
/// | `MULTIFD_FLUSH` | nothing |
///
/// From QEMU's docs/devel/migration, migration/savevm.c, migration/ram.c; checked with 7.2 and
/// 10.0.
final class Wire {
    static final int MAGIC = 0x5145564d;
    static final int VERSION = 3;

    static final int START = 0x01;
    static final int PART = 0x02;
    static final int END = 0x03;
    static final int FULL = 0x04;
    static final int SUBSECTION = 0x05;
    static final int CONFIGURATION = 0x07;
    static final int COMMAND = 0x08;
    static final int FOOTER = 0x7e;

    static final String MEMORY = "ram";
    static final int MEMORY_VERSION = 4;

    static final int ZERO = 0x02;
    static final int MEM_SIZE = 0x04;
    static final int PAGE = 0x08;
    static final int EOS = 0x10;
    static final int CONTINUE = 0x20;
    static final int MULTIFD_FLUSH = 0x200;

    private static final String CAPABILITIES = "configuration/capabilities";
    private static final String IGNORE_SHARED = "x-ignore-shared";
    static final int LONGEST_TYPE = 255;
    private static final int MOST_CAPABILITIES = 64;

    private Wire() {}

    /// Whether memory that others share was left out when that file was written, with the
    /// capability that says so. QEMU reads it with the same one only.
    static boolean leavesSharedMemoryOut(Path state) throws IOException {
        try (var in =
                new DataInputStream(new BufferedInputStream(Files.newInputStream(state), 1024))) {
            return leavesSharedMemoryOut(in);
        } catch (EOFException e) {
            return false; // damaged, as its checksum will tell
        }
    }

    private static boolean leavesSharedMemoryOut(DataInputStream in) throws IOException {
        if (in.readInt() != MAGIC || in.readInt() != VERSION || in.read() != CONFIGURATION) {
            return false;
        }
        var type = in.readInt();
        if (type < 0 || type > LONGEST_TYPE) {
            return false;
        }
        in.skipNBytes(type);
        if (in.read() != SUBSECTION || !name(in).equals(CAPABILITIES)) {
            return false;
        }
        in.readInt(); // its version
        var count = Math.min(in.readInt(), MOST_CAPABILITIES);
        for (var i = 0; i < count; i++) {
            if (name(in).equals(IGNORE_SHARED)) {
                return true;
            }
        }
        return false;
    }

    private static String name(DataInputStream in) throws IOException {
        var name = new byte[in.readUnsignedByte()];
        in.readFully(name);
        return new String(name, StandardCharsets.ISO_8859_1);
    }
}

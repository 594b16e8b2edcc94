package dev.cove.vmm.qemu;

import java.util.Arrays;
import java.util.HexFormat;

/// Firmware that finds out whether a processor really runs guests: it leaves real mode, counts to
/// ten million and says so.
///
/// A few instructions are not enough: there are machines whose KVM interprets them one by one, as
/// it does for real mode, and then never gets a kernel anywhere. Counting takes a processor some
/// milliseconds, and such a KVM longer than anybody waits.
final class TrialFirmware {
    /// What the exit code of QEMU is when it got there: `isa-debug-exit` doubles the byte and adds
    /// one.
    static final int RAN = 0x31 * 2 + 1;

    private static final int SIZE = 64 << 10;
    private static final int HALT = 0xF4;

    private TrialFirmware() {}

    /// 64 KiB that end at 4 GiB, where the processor begins 16 bytes below the end.
    static byte[] image() {
        var image = new byte[SIZE];
        Arrays.fill(image, (byte) HALT);
        put(image, 0xFFF0, "e9 0d ff"); // jmp 0xff00
        put(
                image,
                0xFF00,
                "2e 66 0f 01 16 40 ff" // lgdt cs:[0xff40]
                        + "0f 20 c0 0c 01 0f 22 c0" // protected mode on: cr0 |= 1
                        + "66 ea 20 ff ff ff 08 00"); // jmp 8:0xffffff20
        put(
                image,
                0xFF20,
                "b9 80 96 98 00" // mov ecx, 10000000
                        + "49 75 fd" // dec ecx; jnz to the dec
                        + "b0 31 e6 f4" // mov al, 0x31; out 0xf4, al
                        + "f4 eb fd"); // hlt; jmp to the hlt
        put(image, 0xFF40, "0f 00 48 ff ff ff"); // the table: 16 bytes at 0xffffff48
        // Its second entry: all 4 GiB, code, marked as used since nothing can be marked in a ROM.
        put(image, 0xFF50, "ff ff 00 00 00 9b cf 00");
        put(image, 0xFF48, "00 00 00 00 00 00 00 00");
        return image;
    }

    private static void put(byte[] image, int at, String hex) {
        var bytes = HexFormat.of().parseHex(hex.replace(" ", ""));
        System.arraycopy(bytes, 0, image, at, bytes.length);
    }
}

package dev.cove.vmm.qemu;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;

/// A program for a guest (ELF, x86-64) that does nothing but write to its memory: a number into
/// each of 128 pages, one more each time, for as long as it is let. It makes no system call, so its
/// processor has no reason to look up again where these pages are.
final class BusyProgram {
    private static final long AT = 0x400000;
    private static final int HEADERS = 64 + 56;
    private static final int PAGES = 0x1000 * (1 + 128);

    private static final String CODE =
            "48c7c000104000" // 0: mov $0x401000, %rax
                    + "ff00" // 7: incl (%rax)
                    + "480500100000" // add $0x1000, %rax
                    + "483d00104800" // cmp $0x481000, %rax
                    + "72f0" // jb 7
                    + "ebe7"; // jmp 0

    private BusyProgram() {}

    static byte[] bytes() {
        var code = HexFormat.of().parseHex(CODE);
        var size = HEADERS + code.length;
        var out = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
        out.put(HexFormat.of().parseHex("7f454c46020101000000000000000000"));
        out.putShort((short) 2).putShort((short) 62).putInt(1); // an executable for x86-64
        out.putLong(AT + HEADERS).putLong(64).putLong(0).putInt(0);
        out.putShort((short) 64).putShort((short) 56).putShort((short) 1);
        out.putShort((short) 0).putShort((short) 0).putShort((short) 0);
        out.putInt(1).putInt(7).putLong(0); // one segment to load, to read, write and run
        out.putLong(AT).putLong(AT).putLong(size).putLong(PAGES).putLong(0x1000);
        return out.put(code).array();
    }
}

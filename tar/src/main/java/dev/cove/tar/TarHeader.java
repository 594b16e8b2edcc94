package dev.cove.tar;

import java.nio.charset.StandardCharsets;
import java.time.Instant;

/// A header in the making: the block of a ustar entry (POSIX.1-2017, ustar).
final class TarHeader {
    private static final long LATEST = 077777777777L;

    private final byte[] block = new byte[512];

    /// @param name of at most 100 ASCII characters
    TarHeader(String name, char type) {
        put(0, name);
        block[156] = (byte) type;
        put(257, "ustar");
        put(263, "00");
        mode(0).owners(0, 0).size(0).modified(Instant.EPOCH);
    }

    TarHeader mode(int mode) {
        return put(100, octal(mode, 7));
    }

    TarHeader owners(long user, long group) {
        return put(108, octal(user, 7)).put(116, octal(group, 7));
    }

    TarHeader size(long size) {
        return put(124, octal(size, 11));
    }

    /// Times before 1970 have no digits here, and become that.
    TarHeader modified(Instant time) {
        return put(136, octal(Math.clamp(time.getEpochSecond(), 0, LATEST), 11));
    }

    TarHeader target(String target) {
        return put(157, target);
    }

    byte[] bytes() {
        put(148, "        ");
        var sum = 0;
        for (var b : block) {
            sum += b & 0xff;
        }
        put(148, octal(sum, 6) + "\0 ");
        return block;
    }

    private static String octal(long value, int digits) {
        var text = Long.toOctalString(value);
        return "0".repeat(Math.max(0, digits - text.length())) + text;
    }

    private TarHeader put(int offset, String text) {
        return field(offset, text.getBytes(StandardCharsets.US_ASCII));
    }

    TarHeader field(int offset, byte[] bytes) {
        System.arraycopy(bytes, 0, block, offset, bytes.length);
        return this;
    }
}

package dev.cove.tar;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/// The texts and numbers in a header's fields.
final class TarNumbers {
    private TarNumbers() {}

    /// Octal digits, or, where those do not suffice, GNU's base 256: the first bit says so, and the
    /// others are a number in two's complement.
    static long number(byte[] block, int offset, int length) throws IOException {
        if ((block[offset] & 0x80) == 0) {
            var text = text(block, offset, length).strip();
            return text.isEmpty() ? 0 : parse(text, 8);
        }
        var value = (long) (block[offset] << 25 >> 25); // its sign is the second bit
        for (var i = 1; i < length; i++) {
            if (value != value << 8 >> 8) {
                throw new TarException("the archive has a number too large to count");
            }
            value = (value << 8) | (block[offset + i] & 0xff);
        }
        return value;
    }

    static long parse(String text, int radix) throws IOException {
        try {
            return Long.parseLong(text, radix);
        } catch (NumberFormatException e) {
            throw (TarException) PaxRecords.malformed().initCause(e);
        }
    }

    static String text(byte[] block, int offset, int length) {
        var end = offset;
        while (end < offset + length && block[end] != 0) {
            end++;
        }
        return new String(block, offset, end - offset, StandardCharsets.UTF_8);
    }
}

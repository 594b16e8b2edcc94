package dev.cove.core;

import java.util.Locale;
import java.util.regex.Pattern;

/// A size in bytes, never negative. Reads `512M`, `4G`, `1048576` (powers of 1024); prints the
/// shortest exact form.
public record Bytes(long count) implements Comparable<Bytes> {
    private static final Pattern FORM = Pattern.compile("(\\d{1,18})([KMGT]?)(I?B)?");
    private static final String UNITS = "KMGT";

    public Bytes {
        if (count < 0) {
            throw CoveException.invalid("a size cannot be negative: " + count);
        }
    }

    /// @throws CoveException INVALID when the text is no size
    public static Bytes parse(String text) {
        var form = FORM.matcher(text.strip().toUpperCase(Locale.ROOT));
        if (!form.matches()) {
            throw CoveException.invalid(
                    "not a size: \"" + text + "\"; write it as 512M, 4G or bytes");
        }
        var unit = form.group(2).isEmpty() ? 0 : UNITS.indexOf(form.group(2)) + 1;
        try {
            return new Bytes(Math.multiplyExact(Long.parseLong(form.group(1)), 1L << (10 * unit)));
        } catch (ArithmeticException e) {
            throw CoveException.invalid("a size too large to count: \"" + text + "\"");
        }
    }

    public static Bytes mebibytes(long count) {
        return new Bytes(Math.multiplyExact(count, 1L << 20));
    }

    public static Bytes gibibytes(long count) {
        return new Bytes(Math.multiplyExact(count, 1L << 30));
    }

    public long toMebibytes() {
        return count >> 20;
    }

    @Override
    public int compareTo(Bytes other) {
        return Long.compare(count, other.count);
    }

    @Override
    public String toString() {
        var unit = 0;
        var rest = count;
        while (rest != 0 && rest % 1024 == 0 && unit < UNITS.length()) {
            rest /= 1024;
            unit++;
        }
        return unit == 0 ? Long.toString(count) : rest + UNITS.substring(unit - 1, unit);
    }
}

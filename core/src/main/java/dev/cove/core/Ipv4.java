package dev.cove.core;

import java.util.regex.Pattern;

/// An IPv4 address. `bits` holds its four octets, the first one highest.
public record Ipv4(int bits) implements Comparable<Ipv4> {
    private static final Pattern FORM =
            Pattern.compile("(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})");

    /// @throws CoveException INVALID when the text is no dotted quad
    public static Ipv4 parse(String text) {
        var form = FORM.matcher(text);
        var bits = 0;
        for (var i = 1; i <= 4 && form.matches(); i++) {
            var octet = Integer.parseInt(form.group(i));
            if (octet > 255) {
                throw notAnAddress(text);
            }
            bits = bits << 8 | octet;
        }
        if (!form.matches()) {
            throw notAnAddress(text);
        }
        return new Ipv4(bits);
    }

    private static CoveException notAnAddress(String text) {
        return CoveException.invalid("not an IPv4 address: \"" + Printable.of(text, 40) + "\"");
    }

    public Ipv4 plus(int offset) {
        return new Ipv4(bits + offset);
    }

    @Override
    public int compareTo(Ipv4 other) {
        return Integer.compareUnsigned(bits, other.bits);
    }

    @Override
    public String toString() {
        return (bits >>> 24)
                + "."
                + (bits >>> 16 & 255)
                + "."
                + (bits >>> 8 & 255)
                + "."
                + (bits & 255);
    }
}

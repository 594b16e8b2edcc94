package dev.cove.core;

import java.util.regex.Pattern;

/// A unicast, locally administered Ethernet address, written `02:…` in lower case.
public record Mac(String text) {
    private static final Pattern FORM = Pattern.compile("[0-9a-f]2(:[0-9a-f]{2}){5}");

    public Mac {
        if (!FORM.matcher(text).matches()) {
            throw CoveException.invalid(
                    "not a local MAC address: \"" + Printable.of(text, 40) + "\"");
        }
    }

    /// The address that belongs to an IPv4 address on Cove's bridge: one follows from the other, so
    /// that neither can be handed out twice.
    public static Mac of(Ipv4 address) {
        var b = address.bits();
        return new Mac(
                "02:c0:%02x:%02x:%02x:%02x"
                        .formatted(b >>> 24, b >>> 16 & 255, b >>> 8 & 255, b & 255));
    }

    @Override
    public String toString() {
        return text;
    }
}

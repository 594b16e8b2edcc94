package dev.cove.network;

import dev.cove.core.CoveException;
import dev.cove.core.Printable;
import java.util.Comparator;
import java.util.Locale;
import java.util.regex.Pattern;

/// A port of the host. Reads `3142`, `3142/tcp` or `53/udp`; prints the latter two.
public record HostPort(Protocol protocol, int number) implements Comparable<HostPort> {
    private static final Pattern FORM = Pattern.compile("(\\d{1,5})(?:/(tcp|udp))?");
    private static final int HIGHEST = 65_535;

    /// What speaks through it.
    public enum Protocol {
        TCP,
        UDP
    }

    public HostPort {
        if (number < 1 || number > HIGHEST) {
            throw CoveException.invalid("a port is between 1 and " + HIGHEST + ", not " + number);
        }
    }

    /// @throws CoveException INVALID when the text is no port
    public static HostPort parse(String text) {
        var form = FORM.matcher(text);
        if (!form.matches()) {
            throw CoveException.invalid(
                    "not a port: \"" + Printable.of(text, 40) + "\"; write it as 3142 or 53/udp");
        }
        var protocol = "udp".equals(form.group(2)) ? Protocol.UDP : Protocol.TCP;
        return new HostPort(protocol, Integer.parseInt(form.group(1)));
    }

    @Override
    public int compareTo(HostPort other) {
        return Comparator.comparing(HostPort::protocol)
                .thenComparingInt(HostPort::number)
                .compare(this, other);
    }

    @Override
    public String toString() {
        return number + "/" + protocol.name().toLowerCase(Locale.ROOT);
    }
}

package dev.cove.core;

/// The network that a bridge stands in: the host's own address there and the prefix length, written
/// `10.100.0.1/16`.
public record Subnet(Ipv4 host, int prefix) {
    public Subnet {
        if (prefix < 8 || prefix > 30) {
            throw CoveException.invalid(
                    "a prefix length of " + prefix + " is not between 8 and 30");
        }
        if (host.bits() == (host.bits() & mask(prefix))) {
            throw CoveException.invalid(
                    host
                            + "/"
                            + prefix
                            + " is a network, not an address in it; did you mean "
                            + host.plus(1)
                            + "/"
                            + prefix
                            + "?");
        }
    }

    public static Subnet parse(String text) {
        var slash = text.indexOf('/');
        try {
            return new Subnet(
                    Ipv4.parse(text.substring(0, Math.max(slash, 0))),
                    Integer.parseInt(text.substring(slash + 1)));
        } catch (NumberFormatException e) {
            throw CoveException.invalid(
                    "not a subnet: \"" + Printable.of(text, 40) + "\"; write it as 10.100.0.1/16");
        }
    }

    public Ipv4 network() {
        return new Ipv4(host.bits() & mask(prefix));
    }

    public Ipv4 broadcast() {
        return new Ipv4(host.bits() | ~mask(prefix));
    }

    public boolean contains(Ipv4 address) {
        return (address.bits() & mask(prefix)) == network().bits();
    }

    /// How far an address is from the start of the network.
    public int offsetOf(Ipv4 address) {
        return address.bits() - network().bits();
    }

    private static int mask(int prefix) {
        return -1 << (32 - prefix);
    }

    @Override
    public String toString() {
        return host + "/" + prefix;
    }
}

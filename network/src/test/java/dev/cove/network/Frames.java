package dev.cove.network;

import dev.cove.core.Ipv4;
import java.util.HexFormat;

/// Ethernet frames as hexadecimal text, forged ones included.
final class Frames {
    static final String EVERYBODY = "ff:ff:ff:ff:ff:ff";

    private static final int ICMP = 1;
    private static final int UDP = 17;

    private Frames() {}

    static String ethernet(String to, String from, String type, String payload) {
        return mac(to) + mac(from) + type + payload;
    }

    /// An IPv4 packet with one UDP datagram that nobody listens for.
    static String udp(String to, String from, Ipv4 source, Ipv4 target, int sport, int dport) {
        return ethernet(to, from, "0800", udpPacket(source, target, sport, dport));
    }

    static String udpPacket(Ipv4 source, Ipv4 target, int sport, int dport) {
        return ipv4(source, target, UDP, "%04x%04x000c0000".formatted(sport, dport) + "00000000");
    }

    static String icmp(String to, String from, Ipv4 source, Ipv4 target, int type) {
        return ethernet(
                to,
                from,
                "0800",
                ipv4(source, target, ICMP, "%02x".formatted(type) + "00".repeat(15)));
    }

    static String arp(
            String to, String from, int operation, String senderMac, Ipv4 sender, Ipv4 target) {
        return ethernet(to, from, "0806", arpPacket(operation, senderMac, sender, target));
    }

    static String arpPacket(int operation, String senderMac, Ipv4 sender, Ipv4 target) {
        return "0001080006 04".replace(" ", "")
                + "%04x".formatted(operation)
                + mac(senderMac)
                + "%08x".formatted(sender.bits())
                + "000000000000"
                + "%08x".formatted(target.bits())
                + "00".repeat(18);
    }

    /// A router advertisement, as far as a filter looks.
    static String routerAdvertisement(String from) {
        return ethernet(
                "33:33:00:00:00:01",
                from,
                "86dd",
                "6000000000103aff"
                        + "fe800000000000000000000000000001"
                        + "ff020000000000000000000000000001"
                        + "86000000400007080000000000000000");
    }

    private static String ipv4(Ipv4 source, Ipv4 target, int protocol, String payload) {
        var head =
                "4500%04x00000000".formatted(20 + payload.length() / 2)
                        + "40%02x".formatted(protocol);
        var addresses = "%08x%08x".formatted(source.bits(), target.bits());
        return head + checksum(head + "0000" + addresses) + addresses + payload;
    }

    private static String checksum(String header) {
        var bytes = HexFormat.of().parseHex(header);
        var sum = 0;
        for (var i = 0; i < bytes.length; i += 2) {
            sum += (bytes[i] & 255) << 8 | (bytes[i + 1] & 255);
        }
        while (sum >> 16 != 0) {
            sum = (sum & 0xffff) + (sum >> 16);
        }
        return "%04x".formatted(~sum & 0xffff);
    }

    private static String mac(String text) {
        return text.replace(":", "");
    }
}

package dev.cove.network;

import dev.cove.core.Ipv4;
import dev.cove.core.Subnet;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The firewall as text for `nft`: two tables that are Cove's own. `bridge cove` sees every frame
/// between a tap and anything else and holds each guest to its own MAC address, address and owner;
/// `inet cove` keeps guests off the host and lets them out. Pure text: nothing here runs anything.
///
/// A tap that no set names can neither send nor receive. The rules never change with the guests,
/// only the elements of four sets do.
final class Ruleset {
    static final String SENDERS = "senders";
    static final String RECEIVERS = "receivers";
    static final String OWNERS = "owners";
    static final String MEMBERS = "members";

    /// What answers with a machine's credentials in the clouds: link-local, Alibaba's, Oracle's.
    private static final List<String> METADATA =
            List.of("169.254.0.0/16", "100.100.100.200", "192.0.0.192");

    private static final Subnet LINK_LOCAL = Subnet.parse("169.254.0.1/16");

    private static final String BRIDGE_RULES =
            """
                chain prerouting {
                    type filter hook prerouting priority -300; policy accept;
                    iifname "cv-*" jump from_guest
                }
                chain input {
                    type filter hook input priority -200; policy accept;
                    iifname "cv-*" jump to_host
                }
                chain forward {
                    type filter hook forward priority -200; policy accept;
                    iifname "cv-*" jump between
                    oifname "cv-*" jump between
                }
                chain output {
                    type filter hook output priority -200; policy accept;
                    oifname "cv-*" jump to_guest
                }
                chain from_guest {
                    ether type arp goto arp_from_guest
                    ether type ip iifname . ether saddr . ip saddr @senders goto ip_from_guest
                    drop
                }
                chain arp_from_guest {
                    arp htype != 1 drop
                    arp ptype != 0x0800 drop
                    arp hlen != 6 drop
                    arp plen != 4 drop
                    arp operation != { request, reply } drop
                    iifname . ether saddr . arp saddr ip != @senders drop
                    iifname . arp saddr ether . arp saddr ip != @senders drop
                }
                chain ip_from_guest {
                    ip daddr { %CLOSED% } drop
                    udp sport 67 drop
                    icmp type { redirect, router-advertisement } drop
                }
                chain to_host {
                    jump from_guest
                    ether type arp arp daddr ip %HOST% accept
                    ether type ip ip daddr %HOST% accept
                    ip daddr { %NETWORK%, 224.0.0.0/3 } drop
                    ether type ip accept
                    drop
                }
                chain between {
                    meta mark set 0
                    meta mark set iifname map @owners
                    %APART%
                    oifname . ether daddr @receivers accept
                    ether daddr & 01:00:00:00:00:00 == 01:00:00:00:00:00 accept
                    drop
                }
                chain to_guest {
                    ether type != { ip, arp } drop
                    oifname . ether daddr @receivers accept
                    ether type arp ether daddr ff:ff:ff:ff:ff:ff accept
                    drop
                }
            """;

    private static final String INET_RULES =
            """
                chain input {
                    type filter hook input priority 0; policy accept;
                    iifname "cv-*" drop
                    iifname "%BRIDGE%" goto to_host
                }
                chain forward {
                    type filter hook forward priority 0; policy accept;
                    iifname "cv-*" drop
                    iifname "%BRIDGE%" oifname "%BRIDGE%" accept
                    iifname "%BRIDGE%" goto outwards
                    oifname "%BRIDGE%" goto inwards
                }
                chain postrouting {
                    type nat hook postrouting priority 100; policy accept;
                    oifname != "%BRIDGE%" ip saddr %NETWORK% ip daddr != %NETWORK% masquerade
                }
                chain to_host {
                    ct state { established, related } ct direction reply accept
                    ip daddr %HOST% icmp type echo-request accept
                    %SERVICES%drop
                }
                chain outwards {
                    meta nfproto != ipv4 drop
                    ip saddr != %NETWORK% drop
                    ip daddr { %CLOSED% } drop
                    tcp flags & (syn | rst) == syn tcp option maxseg size set rt mtu
                    accept
                }
                chain inwards {
                    ct state { established, related } ct direction reply accept
                    drop
                }
            """;

    /// Guests of one owner have one mark.
    private static final String OWNERS_APART = "oifname . meta mark != @members drop";

    /// Both ends have to be guests, whosever: what no map names has no mark.
    private static final String OWNERS_TOGETHER =
            """
            meta mark 0 drop
                    meta mark set 0
                    meta mark set oifname map @owners
                    meta mark 0 drop\
            """;

    private final NetworkSettings settings;

    Ruleset(NetworkSettings settings) {
        this.settings = settings;
    }

    /// Both tables from nothing, whatever was there, in one transaction: no packet ever meets the
    /// half of it.
    String whole(List<Guest> guests) {
        return """
        add table bridge cove
        delete table bridge cove
        add table inet cove
        delete table inet cove
        table bridge cove {
        %s%s}
        table inet cove {
        %s}
        """
                .formatted(sets(guests), filled(BRIDGE_RULES), filled(INET_RULES));
    }

    /// What lets one more guest in. Does no harm twice.
    String adding(Guest guest) {
        return elements(guest)
                .map(e -> "add element bridge cove " + e + "\n")
                .collect(Collectors.joining());
    }

    /// What lets a guest in no more. Fails when it is not in.
    String removing(Guest guest) {
        return elements(guest)
                .map(e -> "delete element bridge cove " + e + "\n")
                .collect(Collectors.joining());
    }

    private static Stream<String> elements(Guest guest) {
        return Stream.of(
                SENDERS + " { " + sender(guest) + " }",
                RECEIVERS + " { " + receiver(guest) + " }",
                OWNERS + " { " + ownership(guest) + " }",
                MEMBERS + " { " + member(guest) + " }");
    }

    private static String sets(List<Guest> guests) {
        return set("set", SENDERS, "ifname . ether_addr . ipv4_addr", guests, Ruleset::sender)
                + set("set", RECEIVERS, "ifname . ether_addr", guests, Ruleset::receiver)
                + set("map", OWNERS, "ifname : mark", guests, Ruleset::ownership)
                + set("set", MEMBERS, "ifname . mark", guests, Ruleset::member);
    }

    private static String set(
            String kind, String name, String type, List<Guest> guests, Function<Guest, String> of) {
        var elements =
                guests.isEmpty()
                        ? ""
                        : guests.stream()
                                .map(of)
                                .collect(
                                        Collectors.joining(
                                                ",\n            ",
                                                "        elements = { ",
                                                " }\n"));
        return "    "
                + kind
                + " "
                + name
                + " {\n        type "
                + type
                + "\n"
                + elements
                + "    }\n";
    }

    private static String sender(Guest guest) {
        return "\"" + guest.tap() + "\" . " + guest.mac() + " . " + guest.address();
    }

    private static String receiver(Guest guest) {
        return "\"" + guest.tap() + "\" . " + guest.mac();
    }

    private static String ownership(Guest guest) {
        // An owner's form has no quote in it, and its 63 characters fit into a comment's 128.
        return "\"" + guest.tap() + "\" comment \"" + guest.owner() + "\" : " + guest.tag();
    }

    private static String member(Guest guest) {
        return "\"" + guest.tap() + "\" . " + guest.tag();
    }

    private String filled(String rules) {
        return rules.replace("%BRIDGE%", settings.bridge())
                .replace("%HOST%", settings.subnet().host().toString())
                .replace("%NETWORK%", network(settings.subnet()))
                .replace("%CLOSED%", closed())
                .replace("%SERVICES%", services())
                .replace(
                        "%APART%",
                        settings.allowed().betweenOwners() ? OWNERS_TOGETHER : OWNERS_APART);
    }

    /// What the host serves to guests, each rule with the indentation of the next one behind it.
    private String services() {
        return Stream.of(HostPort.Protocol.values())
                .map(this::served)
                .filter(rule -> !rule.isEmpty())
                .map(rule -> rule + "\n        ")
                .collect(Collectors.joining());
    }

    private String served(HostPort.Protocol protocol) {
        var ports =
                settings.allowed().hostPorts().stream()
                        .filter(port -> port.protocol() == protocol)
                        .map(port -> Integer.toString(port.number()))
                        .collect(Collectors.joining(", "));
        return ports.isEmpty()
                ? ""
                : "ip daddr %s %s dport { %s } accept"
                        .formatted(
                                settings.subnet().host(),
                                protocol.name().toLowerCase(Locale.ROOT),
                                ports);
    }

    private String closed() {
        // The network has rules of its own, and nft takes no address that a range has already.
        var further =
                settings.closed().stream()
                        .filter(a -> !settings.subnet().contains(a))
                        .filter(a -> !LINK_LOCAL.contains(a))
                        .map(Ipv4::toString);
        return Stream.concat(METADATA.stream(), further)
                .distinct()
                .collect(Collectors.joining(", "));
    }

    private static String network(Subnet subnet) {
        return subnet.network() + "/" + subnet.prefix();
    }
}

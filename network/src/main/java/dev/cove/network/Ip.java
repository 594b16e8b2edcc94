package dev.cove.network;

import dev.cove.core.CoveException;
import dev.cove.core.CoveException.Kind;
import dev.cove.core.Ipv4;
import dev.cove.core.Mac;
import dev.cove.core.Subnet;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The program `ip`: looks at links and routes, makes and deletes links. Each method runs it once.
/// Checked with iproute2 6.1.
final class Ip {
    private static final JsonMapper JSON = JsonMapper.shared();

    /// How many frames may wait in a tap for its guest.
    private static final int QUEUE = 1000;

    private static final int ATTEMPTS = 4;

    private final Place place;

    Ip(Place place) {
        this.place = place;
    }

    /// The kernel tells of links one by one, and what is printed is spoiled when one comes or goes
    /// meanwhile; then it is asked again.
    Links look() {
        for (var attempt = 1; ; attempt++) {
            try {
                return lookOnce();
            } catch (CoveException e) {
                if (attempt == ATTEMPTS || e.kind() != Kind.INTERNAL) {
                    throw e;
                }
            }
        }
    }

    private Links lookOnce() {
        var printed =
                batch("addr show\nroute show table all\nlink show\n", "-4", "-j").lines().toList();
        if (printed.size() != 3) {
            throw new CoveException(
                    Kind.INTERNAL, "ip answered three questions with " + printed.size() + " lines");
        }
        return new Links(
                links(parsed(printed.get(2))),
                addresses(parsed(printed.get(0))),
                routes(parsed(printed.get(1))));
    }

    /// Makes the bridge, up and with its address.
    void makeBridge(Device bridge, Subnet subnet, int mtu) {
        batch(
                "link add name %s address %s mtu %d type bridge\n"
                                .formatted(bridge, Mac.of(subnet.host()), mtu)
                        + bridgeSettings(bridge, subnet, mtu)
                        + "addr add %s broadcast + dev %s\n".formatted(subnet, bridge));
    }

    /// Sets all that a bridge can lose, but for its address.
    void repairBridge(Device bridge, Subnet subnet, int mtu) {
        batch(bridgeSettings(bridge, subnet, mtu));
    }

    private static String bridgeSettings(Device bridge, Subnet subnet, int mtu) {
        // Snooping would keep multicast from guests until somebody asks who listens; nobody does.
        // The mask lets frames to 01:80:c2:00:00:03-0f go the way of all others: LLDP's would else
        // reach the host past every bridge rule, and teach the bridge (br_handle_frame).
        return ("link set dev %s type bridge stp_state 0 forward_delay 0 mcast_snooping 0"
                                + " group_fwd_mask 0xfff8\n")
                        .formatted(bridge)
                + "link set dev %s addrgenmode none address %s mtu %d up\n"
                        .formatted(bridge, Mac.of(subnet.host()), mtu);
    }

    void addAddress(Device bridge, Subnet subnet) {
        batch("addr add %s broadcast + dev %s\n".formatted(subnet, bridge));
    }

    /// @param address as `addressesOf` gave it
    void removeAddress(Device bridge, String address) {
        batch("addr del %s dev %s\n".formatted(Subnet.parse(address), bridge));
    }

    /// Makes a guest's tap, which one user may open, puts it on the bridge and turns it on. Leaves
    /// a half of it when it fails.
    ///
    /// @return whether it went well; not when something of that name is there
    boolean tryToMakeTap(Guest guest, int user, Device bridge, int mtu) {
        var script = made(guest.tap(), user) + plugged(guest, bridge, mtu);
        return place.run(script, "ip", "-batch", "-").exit() == 0;
    }

    /// Makes a tap that one user may open, off every bridge and turned off: whoever writes a frame
    /// to it gets an error, and the frame is gone (the kernel's `tun_get_user`).
    ///
    /// @return whether it went well; not when something of that name is there
    boolean tryToMakeUnplugged(Device tap, int user) {
        return place.run(made(tap, user), "ip", "-batch", "-").exit() == 0;
    }

    private static String made(Device tap, int user) {
        return "tuntap add dev %s mode tap user %d\n".formatted(tap, user);
    }

    /// Puts the taps of guests on the bridge and turns them on.
    void plug(List<Guest> guests, Device bridge, int mtu) {
        batch(plugged(guests, bridge, mtu));
    }

    /// Puts the taps of guests on the bridge, those that it can, and answers whether it could all.
    boolean tryToPlug(List<Guest> guests, Device bridge, int mtu) {
        var script = plugged(guests, bridge, mtu);
        return place.run(script, "ip", "-force", "-batch", "-").exit() == 0;
    }

    private static String plugged(List<Guest> guests, Device bridge, int mtu) {
        return guests.stream()
                .map(guest -> plugged(guest, bridge, mtu))
                .collect(Collectors.joining());
    }

    /// Turned on last, by a line of its own: in which order the kernel does what one line asks for
    /// is its own affair, and a link that is on and on no bridge speaks with the host.
    ///
    /// The host is told whose the address is. It would ask only once a second, from when it last
    /// did: where a connection to the one who had the address before is still ending, a second too
    /// late.
    private static String plugged(Guest guest, Device bridge, int mtu) {
        return "link set dev %s addrgenmode none txqueuelen %d mtu %d master %s\n"
                        .formatted(guest.tap(), QUEUE, mtu, bridge)
                + "link set dev %s up\n".formatted(guest.tap())
                + "neigh replace %s lladdr %s nud reachable dev %s\n"
                        .formatted(guest.address(), guest.mac(), bridge);
    }

    /// Turns a tap off and takes it off its bridge, and drops the frames that wait in it for its
    /// guest: a queue that has become shorter keeps no more than fits.
    void unplug(Device tap) {
        batch(
                "link set dev %1$s down\nlink set dev %1$s nomaster txqueuelen 0\nlink set dev %1$s txqueuelen %2$d\n"
                        .formatted(tap, QUEUE));
    }

    /// The user that may open a tap; empty when it is no tap that stays, or not there.
    OptionalInt userOfTap(Device tap) {
        var result = place.run("", "ip", "-d", "-j", "link", "show", "dev", tap.name());
        if (result.exit() != 0) {
            return OptionalInt.empty();
        }
        var info = parsed(result.out()).path(0).path("linkinfo");
        var data = info.path("info_data");
        var user = data.path("user");
        return info.path("info_kind").asString("").equals("tun")
                        && data.path("type").asString("").equals("tap")
                        && data.path("persist").asBoolean(false)
                        && user.isInt()
                ? OptionalInt.of(user.asInt())
                : OptionalInt.empty();
    }

    /// Deletes a link; nothing when there is none.
    void delete(Device link) {
        var result = place.run("", "ip", "link", "delete", "dev", link.name());
        if (result.exit() != 0 && !result.err().contains("Cannot find device")) {
            throw refused("to delete " + link, result.err());
        }
    }

    private String batch(String script, String... options) {
        var line = new ArrayList<String>();
        line.add("ip");
        line.addAll(List.of(options));
        line.addAll(List.of("-batch", "-"));
        var result = place.run(script, line.toArray(String[]::new));
        if (result.exit() != 0) {
            throw refused(script.strip().replace("\n", "; "), result.err());
        }
        return result.out();
    }

    private static Map<String, Links.Link> links(JsonNode printed) {
        var byName = new LinkedHashMap<String, Links.Link>();
        for (var link : printed) {
            var name = link.path("ifname").asString("");
            var up = link.path("flags").valueStream().anyMatch(f -> f.asString("").equals("UP"));
            byName.put(
                    name,
                    new Links.Link(
                            name,
                            text(link.path("master")),
                            up,
                            link.path("mtu").asInt(0),
                            link.path("address").asString("")));
        }
        return Map.copyOf(byName);
    }

    private static Map<String, List<String>> addresses(JsonNode printed) {
        var byName = new LinkedHashMap<String, List<String>>();
        for (var link : printed) {
            var all =
                    link.path("addr_info")
                            .valueStream()
                            .map(a -> a.path("local").asString("") + "/" + a.path("prefixlen"))
                            .toList();
            byName.put(link.path("ifname").asString(""), all);
        }
        return Map.copyOf(byName);
    }

    private static List<Links.Route> routes(JsonNode printed) {
        return printed.valueStream()
                .map(route -> route(route.path("dst").asString("default"), text(route.path("dev"))))
                .toList();
    }

    private static Links.Route route(String to, Optional<String> device) {
        if (to.equals("default")) {
            return new Links.Route(new Ipv4(0), 0, device);
        }
        var parts = to.split("/", 2);
        var prefix = parts.length == 2 ? Integer.parseInt(parts[1]) : 32;
        return new Links.Route(Ipv4.parse(parts[0]), prefix, device);
    }

    private static Optional<String> text(JsonNode node) {
        return node.isString() ? Optional.of(node.asString()) : Optional.empty();
    }

    private static JsonNode parsed(String text) {
        try {
            return JSON.readTree(text);
        } catch (tools.jackson.core.JacksonException e) {
            throw CoveException.internal("ip printed what is no JSON; is it complete?", e);
        }
    }

    private static CoveException refused(String what, String words) {
        var first = String.join("; ", words.strip().lines().limit(3).toList());
        return new CoveException(
                Kind.INTERNAL, "ip refuses " + what + ": " + first + "; see: cove doctor");
    }
}

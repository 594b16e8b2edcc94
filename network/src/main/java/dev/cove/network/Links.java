package dev.cove.network;

import dev.cove.core.CoveException;
import dev.cove.core.Ipv4;
import dev.cove.core.Subnet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// The network interfaces, addresses and routes that are there.
record Links(Map<String, Link> byName, Map<String, List<String>> addresses, List<Route> routes) {
    /// @param master the bridge that it is a port of
    /// @param mac as the kernel prints it; empty for what has none
    record Link(String name, Optional<String> master, boolean up, int mtu, String mac) {
        /// Whether it is as a tap is that is not to be plugged in. One whose bridge was deleted is
        /// still on.
        boolean unplugged() {
            return master.isEmpty() && !up;
        }
    }

    /// @param first the first address of the network that it leads to
    /// @param prefix its length; 0 is the way to everywhere
    /// @param device where it leads; empty for a route that leads nowhere
    record Route(Ipv4 first, int prefix, Optional<String> device) {
        boolean overlaps(Subnet subnet) {
            var shared = Math.min(prefix, subnet.prefix());
            var mask = -1 << (32 - shared);
            return (first.bits() & mask) == (subnet.network().bits() & mask);
        }

        @Override
        public String toString() {
            return first + "/" + prefix + device.map(d -> " (" + d + ")").orElse("");
        }
    }

    /// A VPN that takes everything does it by two halves: they are a way out, not a network.
    private static final int LONGEST_WAY_OUT = 1;

    private static final int ETHERNET_MTU = 1500;

    Optional<Link> find(Device device) {
        return Optional.ofNullable(byName.get(device.name()));
    }

    boolean has(Device device) {
        return byName.containsKey(device.name());
    }

    List<String> addressesOf(Device device) {
        return addresses.getOrDefault(device.name(), List.of());
    }

    /// The VMs that a tap is there for.
    Set<dev.cove.core.VmId> vms() {
        return byName.keySet().stream()
                .flatMap(name -> Device.vmOf(name).stream())
                .collect(Collectors.toSet());
    }

    /// The largest packet that the way out takes, at most Ethernet's.
    int mtu() {
        return routes.stream()
                .filter(route -> route.prefix() <= LONGEST_WAY_OUT)
                .flatMap(route -> route.device().stream())
                .flatMap(name -> Optional.ofNullable(byName.get(name)).stream())
                .mapToInt(Link::mtu)
                .reduce(ETHERNET_MTU, Math::min);
    }

    /// Routes of the host that lead into the subnet and are not the bridge's own.
    List<Route> overlapping(NetworkSettings settings) {
        return routes.stream()
                .filter(route -> route.prefix() > LONGEST_WAY_OUT)
                .filter(route -> !route.device().equals(Optional.of(settings.bridge())))
                .filter(route -> route.overlaps(settings.subnet()))
                .toList();
    }

    void refuseOverlap(NetworkSettings settings) {
        var overlapping = overlapping(settings);
        if (!overlapping.isEmpty()) {
            throw CoveException.conflict(overlap(settings, overlapping));
        }
    }

    static String overlap(NetworkSettings settings, List<Route> overlapping) {
        var some = overlapping.stream().limit(3).map(Route::toString).toList();
        return "the subnet "
                + settings.subnet()
                + " overlaps a route of this machine: "
                + String.join(", ", some)
                + "; choose another one with: cove daemon --network-subnet 10.200.0.1/16";
    }
}

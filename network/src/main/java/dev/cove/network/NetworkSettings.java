package dev.cove.network;

import dev.cove.core.CoveException;
import dev.cove.core.Ipv4;
import dev.cove.core.Subnet;
import java.util.List;

/// What the network is to look like.
///
/// @param bridge the bridge's name; it is Cove's alone
/// @param subnet the network on it, and the host's own address there
/// @param closed further addresses that no guest may reach, besides those that no guest ever may:
///   for a daemon in a network namespace, the machine's addresses outside of it
public record NetworkSettings(String bridge, Subnet subnet, List<Ipv4> closed, Allowed allowed) {
    public NetworkSettings {
        if (new Device(bridge).name().startsWith(Device.TAP_PREFIX)) {
            throw CoveException.invalid(
                    "the bridge cannot be called \""
                            + bridge
                            + "\": taps begin with "
                            + Device.TAP_PREFIX
                            + "; take a name like vmmbr0");
        }
        closed = closed.stream().distinct().sorted().toList();
    }

    /// `vmmbr0` with 10.100.0.1/16.
    public static NetworkSettings usual() {
        return new NetworkSettings(
                "vmmbr0", Subnet.parse("10.100.0.1/16"), List.of(), Allowed.NOTHING);
    }

    Device device() {
        return new Device(bridge);
    }
}

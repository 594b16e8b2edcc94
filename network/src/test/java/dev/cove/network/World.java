package dev.cove.network;

import dev.cove.core.Ipv4;
import dev.cove.core.Mac;
import dev.cove.core.Owner;
import dev.cove.core.VmId;
import dev.cove.core.port.Network.Attachment;
import dev.cove.platform.Closer;
import java.util.List;

/// A machine of namespaces: one where Cove's bridge is, one that is all the rest of the world, and
/// one for each guest. A guest is a veth pair whose one end has the name of the tap: the rules go
/// by names.
final class World implements AutoCloseable {
    static final String OUTSIDE = "203.0.113.2";
    static final String METADATA = "169.254.169.254";
    static final int USER = 200_010;

    private final Closer closer = new Closer();
    final Namespace host;
    final Namespace outside;
    final BridgeNetwork network;
    private final String bridge;

    World() {
        this(
                new NetworkSettings(
                        "vmmbr0", NetworkSettings.usual().subnet(), List.of(), Allowed.NOTHING));
    }

    World(NetworkSettings settings) {
        try {
            host = closer.own(Namespace.make("host"));
            outside = closer.own(Namespace.make("out"));
            host.ip("link add up0 type veth peer name eth0 netns " + outside.name());
            host.ip("addr add 203.0.113.1/24 dev up0");
            host.ip("link set up0 up");
            outside.ip("addr add " + OUTSIDE + "/24 dev eth0");
            outside.ip("addr add " + METADATA + "/32 dev eth0");
            outside.ip("link set eth0 up");
            host.ip("route add default via " + OUTSIDE);
            network = new BridgeNetwork(settings, host.place());
            bridge = settings.bridge();
        } catch (RuntimeException e) {
            closer.close();
            throw e;
        }
    }

    /// A guest that behaves, attached and with its address set.
    Neighbour guest(String id, String address, String owner) {
        var neighbour =
                new Neighbour(new VmId(id), Ipv4.parse(address), closer.own(Namespace.make("vm")));
        network.attach(neighbour.attachment(owner));
        host.ip("link delete dev " + neighbour.tap());
        plug(neighbour);
        return neighbour;
    }

    /// One whose tap is on the bridge, though nobody attached it.
    Neighbour stray(String id, String address) {
        var neighbour =
                new Neighbour(new VmId(id), Ipv4.parse(address), closer.own(Namespace.make("vm")));
        plug(neighbour);
        return neighbour;
    }

    private void plug(Neighbour guest) {
        var tap = guest.tap();
        host.ip("link add " + tap + " type veth peer name eth0 netns " + guest.namespace().name());
        // Else the kernel's own chatter counts as frames that came through.
        guest.namespace().run("sysctl", "-q", "-w", "net.ipv6.conf.eth0.disable_ipv6=1");
        host.ip("link set " + tap + " addrgenmode none master " + bridge + " up");
        guest.namespace().ip("link set eth0 addrgenmode none address " + guest.mac() + " up");
        guest.namespace().ip("addr add " + guest.address() + "/16 dev eth0");
        guest.namespace().ip("route add default via 10.100.0.1");
    }

    @Override
    public void close() {
        closer.close();
    }

    record Neighbour(VmId id, Ipv4 address, Namespace namespace) {
        String tap() {
            return Device.tapOf(id).name();
        }

        String mac() {
            return Mac.of(address).text();
        }

        Attachment attachment(String owner) {
            return new Attachment(id, address, new Owner(owner), USER, true);
        }
    }
}

package dev.cove.testkit;

import dev.cove.core.Finding;
import dev.cove.core.Mac;
import dev.cove.core.Subnet;
import dev.cove.core.VmId;
import dev.cove.core.port.Network;
import dev.cove.core.port.Tap;
import java.util.List;
import java.util.Set;

/// A network whose taps are entries in a [World].
public final class FakeNetwork implements Network {
    private final World world;
    private final Subnet subnet;

    public FakeNetwork(World world, Subnet subnet) {
        this.world = world;
        this.subnet = subnet;
    }

    @Override
    public Subnet subnet() {
        return subnet;
    }

    @Override
    public void ensure() {
        world.act("Network.ensure", () -> {});
    }

    @Override
    public Tap attach(Attachment attachment) {
        world.act(
                "Network.attach",
                () -> {
                    world.taps.add(attachment.id());
                    if (attachment.plugged()) {
                        world.plugged.add(attachment.id());
                    } else {
                        world.plugged.remove(attachment.id());
                    }
                });
        return new Tap("cv-" + attachment.id().shortText(), Mac.of(attachment.address()));
    }

    @Override
    public void detach(VmId id) {
        world.act(
                "Network.detach",
                () -> {
                    world.taps.remove(id);
                    world.plugged.remove(id);
                });
    }

    @Override
    public Set<VmId> attached() {
        return world.taps();
    }

    @Override
    public List<Finding> examine() {
        return List.of();
    }
}

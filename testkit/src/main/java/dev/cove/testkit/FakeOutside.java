package dev.cove.testkit;

import dev.cove.core.Subnet;
import dev.cove.core.control.Outside;
import dev.cove.core.port.GuestShell;
import dev.cove.core.port.Images;
import dev.cove.core.port.Vmm;
import java.util.List;

/// All that the control acts on, in a [World] instead of on a host.
public final class FakeOutside {
    private FakeOutside() {}

    public static Outside in(World world, Images images, Subnet subnet) {
        return in(world, images, subnet, new FakeShell(world), new FakeVmm(world));
    }

    /// Likewise, with a guest's shell and a VMM of the caller's own.
    public static Outside in(World world, Images images, Subnet subnet, GuestShell shell, Vmm vmm) {
        return new Outside(
                new FakeHost(world),
                images,
                new FakeDisks(world),
                new FakeSnapshots(world),
                new FakeExports(world),
                new FakeNetwork(world, subnet),
                new FakeBoot(world),
                shell,
                List.of(vmm));
    }
}

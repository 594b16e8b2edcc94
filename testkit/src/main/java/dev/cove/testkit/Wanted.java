package dev.cove.testkit;

import dev.cove.core.Bytes;
import dev.cove.core.Labels;
import dev.cove.core.Name;
import dev.cove.core.control.NewVm;
import java.util.List;
import java.util.Optional;

/// VMs that a test wants, usual but for one thing.
public final class Wanted {
    private Wanted() {}

    public static NewVm named(String name) {
        return vm(Optional.of(new Name(name)), Optional.empty(), false);
    }

    /// One that is booted, whatever templates there are.
    public static NewVm cold(String name) {
        return vm(Optional.of(new Name(name)), Optional.empty(), true);
    }

    /// One that is only written down.
    public static NewVm notStarted(String name) {
        var vm = named(name);
        return new NewVm(
                vm.name(),
                vm.image(),
                vm.cpus(),
                vm.memory(),
                vm.disk(),
                vm.vmm(),
                vm.keys(),
                vm.labels(),
                false,
                vm.cold(),
                vm.sleepAfter());
    }

    public static NewVm of(String image) {
        return vm(Optional.empty(), Optional.of(new Name(image)), false);
    }

    private static NewVm vm(Optional<Name> name, Optional<Name> image, boolean cold) {
        return vm(name, image, Optional.empty(), Optional.empty(), cold);
    }

    public static NewVm sized(int cpus, Bytes memory) {
        return vm(
                Optional.empty(), Optional.empty(), Optional.of(cpus), Optional.of(memory), false);
    }

    private static NewVm vm(
            Optional<Name> name,
            Optional<Name> image,
            Optional<Integer> cpus,
            Optional<Bytes> memory,
            boolean cold) {
        return new NewVm(
                name,
                image,
                cpus,
                memory,
                Optional.empty(),
                Optional.empty(),
                List.of(),
                Labels.NONE,
                true,
                cold,
                Optional.empty());
    }
}

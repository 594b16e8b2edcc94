package dev.cove.vmm.qemu;

import java.util.List;

/// The QEMU that is installed here.
class SavedDifferenceTest extends DifferenceContract {
    @Override
    Bench make() throws Exception {
        return Bench.open(folder -> List.of("qemu-system-x86_64"));
    }
}

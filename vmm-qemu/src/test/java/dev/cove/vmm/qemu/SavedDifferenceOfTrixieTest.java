package dev.cove.vmm.qemu;

/// QEMU 10.0, as Debian 13 has it, whatever this host has.
class SavedDifferenceOfTrixieTest extends DifferenceContract {
    @Override
    Bench make() throws Exception {
        return Bench.open(DebianRoot.ofTrixie()::enter);
    }
}

/// The QEMU driver: works on any machine, with KVM where it really runs. Knows QEMU's flags, its
/// monitor's words and its habits (checked with 7.2 and 10.0). Start with [QemuVmm], then
/// [QemuCommandLine].
@NullMarked
package dev.cove.vmm.qemu;

import org.jspecify.annotations.NullMarked;

package dev.cove.vmm.qemu;

import dev.cove.core.Accelerator;
import java.util.OptionalLong;

/// What of this host shapes QEMU's command line.
///
/// @param tscKilohertz the rate of the host's time stamp counter, where it has one
record Facts(Board board, Accelerator accelerator, OptionalLong tscKilohertz) {
    String fit(String version) {
        var words =
                "qemu %s %s %s %s"
                        .formatted(
                                version,
                                board,
                                accelerator,
                                QemuCommandLine.processor(accelerator));
        return accelerator == Accelerator.TCG && tscKilohertz.isPresent()
                ? words + " tsc " + tscKilohertz.getAsLong()
                : words;
    }
}

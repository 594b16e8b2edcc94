package dev.cove.vmm.qemu;

import dev.cove.core.Accelerator;
import dev.cove.core.Bytes;
import java.util.OptionalLong;

/// What of this host shapes QEMU's command line.
///
/// @param tscKilohertz the rate of the host's time stamp counter, where it has one
/// @param translator which one there is, where a guest is translated
/// @param translated what the translated code of a guest may take; QEMU takes it as it needs it,
///   and begins anew when it is full
record Facts(
        Board board,
        Accelerator accelerator,
        OptionalLong tscKilohertz,
        Translator translator,
        Bytes translated) {
    /// The processor that a guest sees.
    String processor() {
        return isTranslated() ? translator.processor() : "host";
    }

    boolean isTranslated() {
        return accelerator == Accelerator.TCG;
    }

    /// Whether a guest's program is translated anew at each address where it lies.
    boolean retranslates() {
        return isTranslated() && translator.retranslates();
    }

    /// What has to be the same for a machine to be resumed: QEMU's version, for its boards are only
    /// promised to fit themselves; the board, with the devices that Cove gives it; the processor
    /// that the guest has seen, which is the host's own where it is not translated; and where it
    /// is, the rate of the counter by which it measures time, since it was told that at boot.
    String fit(String version, HostProcessor host) {
        var words =
                "qemu %s %s-%d %s %s"
                        .formatted(
                                version, board, QemuCommandLine.DEVICES, accelerator, processor());
        if (!isTranslated()) {
            return words + " " + host.text();
        }
        return tscKilohertz.isPresent() ? words + " tsc " + tscKilohertz.getAsLong() : words;
    }
}

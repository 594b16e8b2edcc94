package dev.cove.vmm.qemu;

import dev.cove.core.CoveException;
import java.nio.file.Path;

/// A file that is not what was written.
final class Damage {
    private Damage() {}

    static CoveException of(Path file, long found, long expected) {
        return CoveException.unavailable(
                "%s is damaged: its checksum is %08x and was %08x"
                        .formatted(file, found, expected));
    }
}

package dev.cove.vmm.qemu;

import dev.cove.platform.BoundedLog;
import java.io.IOException;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What a machine's QEMU writes down, which grows without limit if nobody looks.
record Logs(String id, List<BoundedLog> all) {
    private static final Logger LOG = LoggerFactory.getLogger(Logs.class);
    private static final long MOST_CONSOLE = 4 << 20;
    private static final long MOST_WORDS = 256 << 10;

    static Logs of(String id, VmFolder folder) {
        return new Logs(
                id,
                List.of(
                        new BoundedLog(folder.consoleLog(), MOST_CONSOLE),
                        new BoundedLog(folder.qemuLog(), MOST_WORDS)));
    }

    void trim() {
        for (var log : all) {
            try {
                if (log.trim()) {
                    LOG.debug("{}: dropped the beginning of {}", id, log.file());
                }
            } catch (IOException | RuntimeException e) {
                LOG.warn("{}: cannot shorten {}: {}", id, log.file(), e.getMessage());
            }
        }
    }
}

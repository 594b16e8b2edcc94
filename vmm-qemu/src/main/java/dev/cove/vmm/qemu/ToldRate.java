package dev.cove.vmm.qemu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The rate of the host's time stamp counter that guests here are told when they boot. One measures
/// a little differently from one time to the next, and a guest that was saved keeps the rate that
/// it was told; so the first measurement stands for as long as others agree with it.
///
/// @param file that keeps it
record ToldRate(Path file) {
    private static final Logger LOG = LoggerFactory.getLogger(ToldRate.class);

    /// Measurements agree when they differ by no more than one part in so many.
    private static final long AGREEING = 1000;

    /// @param measured in kHz
    /// @return what guests are told
    long agree(long measured) {
        try {
            var told = read();
            if (Math.abs(told - measured) <= told / AGREEING) {
                return told;
            }
            var fresh = file.resolveSibling(file.getFileName() + ".new");
            Files.writeString(fresh, measured + "\n");
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            LOG.warn("{} cannot be kept; snapshots may not fit after a restart", file, e);
        }
        return measured;
    }

    private long read() throws IOException {
        if (!Files.exists(file)) {
            return 0;
        }
        var text = Files.readString(file).strip();
        return text.matches("\\d{1,12}") ? Long.parseLong(text) : 0;
    }
}

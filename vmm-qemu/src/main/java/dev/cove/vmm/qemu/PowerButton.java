package dev.cove.vmm.qemu;

import dev.cove.core.CoveException;
import dev.cove.platform.LinuxProcess;
import dev.cove.platform.UnixSocket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Presses the power button, for a guest with a system that listens to it, and tells the guest's
/// first process, for one without.
record PowerButton(MachineRecord record, VmFolder folder, LinuxProcess process, Monitor monitor) {
    private static final Logger LOG = LoggerFactory.getLogger(PowerButton.class);

    /// A guest on a crowded host may take a while to come to it.
    private static final Duration HEARD_WITHIN = Duration.ofMinutes(1);

    private static final byte[] WORD = "poweroff\n".getBytes(StandardCharsets.US_ASCII);

    void press() {
        try {
            monitor.execute("system_powerdown");
        } catch (CoveException e) {
            LOG.warn("{}: cannot press its power button: {}", record.id(), e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return;
        }
        try (var channel = UnixSocket.connect(folder.guestSocket(), record.user())) {
            channel.write(ByteBuffer.wrap(WORD));
            // QEMU throws away what it has not read when its client leaves.
            process.awaitExit(HEARD_WITHIN);
        } catch (IOException e) {
            LOG.debug("{}: nobody to tell: {}", record.id(), e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

package dev.cove.daemon;

import dev.cove.core.CoveException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// One daemon at a time on a bridge of a network namespace: whoever starts there sweeps the taps
/// that it does not know, and a second one, with another data folder, would cut the VMs of the
/// first off. The kernel's lock goes with the process, however it ends.
final class BridgeLock implements AutoCloseable {
    static final Path RUN = Path.of("/run/cove");

    private final FileChannel channel;

    private BridgeLock(FileChannel channel) {
        this.channel = channel;
    }

    /// @param run a folder that all daemons of this machine share
    /// @throws CoveException CONFLICT when another daemon has that bridge
    static BridgeLock take(Path run, String bridge) {
        LinuxHost.makeFolder(run);
        try {
            var file = run.resolve("net-" + namespace() + "-" + bridge + ".lock");
            var channel =
                    FileChannel.open(
                            file,
                            StandardOpenOption.CREATE,
                            StandardOpenOption.READ,
                            StandardOpenOption.WRITE);
            if (channel.tryLock() == null) {
                channel.close();
                throw CoveException.conflict(
                        "another cove daemon, pid "
                                + Files.readString(file).strip()
                                + ", has the bridge "
                                + bridge
                                + " here; stop it, or start this one in a network namespace of its own");
            }
            var pid = "%-20d\n".formatted(ProcessHandle.current().pid());
            channel.write(ByteBuffer.wrap(pid.getBytes(StandardCharsets.US_ASCII)), 0);
            return new BridgeLock(channel);
        } catch (IOException e) {
            throw CoveException.unavailable(
                    "the lock of the bridge in " + run + " cannot be taken: " + e, e);
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    /// The number of this process's network namespace (namespaces(7)).
    private static Object namespace() throws IOException {
        return Files.getAttribute(Path.of("/proc/self/ns/net"), "unix:ino");
    }
}

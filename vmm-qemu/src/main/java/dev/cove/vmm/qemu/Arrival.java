package dev.cove.vmm.qemu;

import dev.cove.core.CoveException;
import dev.cove.platform.UnixSocket;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

/// Brings what a machine was doing into a process that waits for it. The guest stands still
/// afterwards: nothing that was saved is run before it has been found to be what was saved.
///
/// @param id the machine's, for messages
/// @param user as whom its QEMU runs
record Arrival(String id, VmFolder folder, int user, Monitor monitor) {
    private static final Duration LIMIT = Duration.ofMinutes(5);

    /// What is brought.
    ///
    /// @param checksum of the file (CRC-32C)
    /// @param withoutMemory whether it was saved without memory that others share
    record State(Path file, long checksum, boolean withoutMemory) {}

    /// @throws CoveException UNAVAILABLE when the file is damaged, or QEMU does not take it
    void bring(State state) throws InterruptedException {
        try (var migration = new Migration(monitor)) {
            migration.prepare(state.withoutMemory());
            migration.in(folder.stateSocket());
            long checksum;
            try (var peer = UnixSocket.connect(folder.stateSocket(), user)) {
                checksum = Sending.send(state.file(), peer, LIMIT);
            }
            if (checksum != state.checksum()) {
                throw Damage.of(state.file(), checksum, state.checksum());
            }
            if (!migration.await(Migration.COMPLETED, LIMIT)) {
                throw CoveException.unavailable(
                        "QEMU has not loaded %s within %d s"
                                .formatted(state.file(), LIMIT.toSeconds()));
            }
        } catch (IOException e) {
            throw CoveException.unavailable("QEMU does not take the state of " + id, e);
        }
    }
}

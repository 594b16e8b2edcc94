package dev.cove.vmm.qemu;

import dev.cove.core.CoveException;
import dev.cove.core.Snapshot.Moment;
import dev.cove.core.port.Snapshots;
import dev.cove.platform.UnixSocket;
import java.io.IOException;
import java.time.Duration;

/// Brings what a machine was doing into a process that waits for it. The guest stands still
/// afterwards: nothing that was saved is run before it has been found to be what was saved.
///
/// @param id the machine's, for messages
/// @param user as whom its QEMU runs
record Arrival(String id, VmFolder folder, int user, Monitor monitor) {
    private static final Duration LIMIT = Duration.ofMinutes(5);

    /// @throws CoveException UNAVAILABLE when the file is damaged, or QEMU does not take it
    void bring(Moment moment, Snapshots.Files files) throws InterruptedException {
        try (var migration = new Migration(monitor)) {
            migration.prepare(moment.memory().isPresent());
            migration.in(folder.stateSocket());
            long checksum;
            try (var peer = UnixSocket.connect(folder.stateSocket(), user)) {
                checksum = Sending.send(files.state(), peer, LIMIT);
            }
            if (checksum != moment.state()) {
                throw Damage.of(files.state(), checksum, moment.state());
            }
            if (!migration.await(Migration.COMPLETED, LIMIT)) {
                throw CoveException.unavailable(
                        "QEMU has not loaded %s within %d s"
                                .formatted(files.state(), LIMIT.toSeconds()));
            }
        } catch (IOException e) {
            throw CoveException.unavailable("QEMU does not take the state of " + id, e);
        }
    }
}

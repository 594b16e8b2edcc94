package dev.cove.bench;

import dev.cove.core.port.GuestShell;
import dev.cove.doors.SshGuestShell;
import dev.cove.platform.Closer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.function.Consumer;

/// Where somebody starts guests by hand.
///
/// @param shell the SSH client that Cove has, too, with a key that the guest lets in
/// @param folder on the file system that Cove's disks are on
record Workshop(Handmade guest, GuestShell shell, Path folder) {
    private static final Duration WITHIN = Duration.ofMinutes(2);

    /// @param image the image's folder in that daemon
    /// @param after closes it
    static Workshop open(
            DaemonProcess daemon, Kind kind, Path image, Consumer<String> progress, Closer after)
            throws IOException, InterruptedException {
        var cove = daemon.client();
        var folder = Files.createDirectory(daemon.data().resolve("pool/by-hand"));
        var shell =
                after.own(SshGuestShell.withKeyIn(folder.resolve("ssh_key"), new SecureRandom()));
        after.onClose(() -> cove.destroy(Handmade.NAME, true, WITHIN));
        progress.accept("preparing " + kind + " for a start without Cove");
        return new Workshop(Handmade.make(cove, kind, image, shell.key(), folder), shell, folder);
    }
}

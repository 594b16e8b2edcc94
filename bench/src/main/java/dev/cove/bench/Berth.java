package dev.cove.bench;

import dev.cove.core.port.GuestShell.Guest;
import dev.cove.platform.Closer;
import dev.cove.platform.Command;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// What a guest needs that is started without Cove: a disk of its own, and a tap with a route to
/// it. Made before a clock starts, taken away by `close`.
record Berth(Workshop workshop, Path disk, Closer parts) implements AutoCloseable {
    static final String TAP = "bench-hand";

    /// The host's end of the tap: always the same, since a guest that is resumed remembers it.
    private static final String HOST_MAC = "02:be:0c:00:00:01";

    private static final Duration WITHIN = Duration.ofMinutes(2);

    static Berth make(Workshop workshop) throws InterruptedException {
        return make(workshop, workshop.guest().disk());
    }

    /// @param original what its disk is a copy of
    static Berth make(Workshop workshop, Path original) throws InterruptedException {
        var disk = workshop.folder().resolve("disk-of-this-run");
        var guest = workshop.guest().guest();
        try (var parts = new Closer()) {
            parts.onClose(() -> Files.deleteIfExists(disk));
            Handmade.copy(original, disk);
            parts.onClose(() -> ip("link", "delete", TAP));
            ip("tuntap", "add", TAP, "mode", "tap");
            ip("link", "set", TAP, "address", HOST_MAC, "up");
            ip("route", "replace", guest.address() + "/32", "dev", TAP);
            parts.onClose(() -> workshop.shell().forget(guest.id()));
            return new Berth(workshop, disk, parts.handOver());
        }
    }

    /// Tells the host where its guest is. One that is there a moment after it was asked for would
    /// cost a second otherwise: the kernel asks again only then.
    void introduce() throws InterruptedException {
        var address = guest().address().toString();
        var mac = workshop.guest().mac();
        ip("neigh", "replace", address, "lladdr", mac, "nud", "permanent", "dev", TAP);
    }

    void awaitCommand() throws InterruptedException {
        workshop.shell().awaitCommand(guest(), WITHIN);
    }

    /// Ends the connection to the guest, which stays.
    void hangUp() {
        workshop.shell().forget(guest().id());
    }

    private Guest guest() {
        return workshop.guest().guest();
    }

    @Override
    public void close() {
        parts.close();
    }

    private static void ip(String... words) throws InterruptedException {
        var line = new ArrayList<>(List.of("ip"));
        line.addAll(List.of(words));
        Command.of(line).within(Duration.ofSeconds(20)).run().orThrow();
    }
}

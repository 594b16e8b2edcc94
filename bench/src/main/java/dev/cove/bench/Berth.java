package dev.cove.bench;

import dev.cove.core.port.GuestShell;
import dev.cove.platform.Closer;
import dev.cove.platform.Command;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// What a guest needs that is started without Cove: a disk of its own, and a tap with a route to
/// it. Made before a clock starts, taken away by `close`.
record Berth(Template template, GuestShell shell, Path disk, Closer parts)
        implements AutoCloseable {
    static final String TAP = "bench-hand";
    private static final Duration WITHIN = Duration.ofMinutes(2);

    static Berth make(Template template, GuestShell shell, Path folder)
            throws InterruptedException {
        var disk = folder.resolve("disk-of-this-run");
        try (var parts = new Closer()) {
            parts.onClose(() -> Files.deleteIfExists(disk));
            Template.copy(template.disk(), disk);
            parts.onClose(() -> ip("link", "delete", TAP));
            ip("tuntap", "add", TAP, "mode", "tap");
            ip("link", "set", TAP, "up");
            ip("route", "replace", template.guest().address() + "/32", "dev", TAP);
            parts.onClose(() -> shell.forget(template.guest().id()));
            return new Berth(template, shell, disk, parts.handOver());
        }
    }

    void awaitCommand() throws InterruptedException {
        shell.awaitCommand(template.guest(), WITHIN);
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

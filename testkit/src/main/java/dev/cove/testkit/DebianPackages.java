package dev.cove.testkit;

import static org.junit.jupiter.api.Assumptions.abort;

import dev.cove.platform.Command;
import dev.cove.platform.CommandException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/// The kernel and the BusyBox of this host's Debian, for guests of tests: downloaded once, and kept
/// in `~/.cache/cove/test-guest`.
public final class DebianPackages {
    private DebianPackages() {}

    /// Unpacks both into a folder. Where they are not to be had, it skips the test that calls.
    public static void unpack(Path folder) throws IOException, InterruptedException {
        var cache = Path.of(System.getProperty("user.home"), ".cache", "cove", "test-guest");
        try {
            for (var name : List.of(kernel(), "busybox-static")) {
                var file = fetched(name, cache).toString();
                Command.of("dpkg-deb", "-x", file, folder.toString()).run().orThrow();
            }
        } catch (CommandException e) {
            abort("needs Debian's kernel package: " + e.getMessage());
        }
    }

    private static String kernel() throws InterruptedException {
        return Command.of("apt-cache", "depends", "linux-image-cloud-amd64")
                .run()
                .orThrow()
                .lines()
                .filter(line -> line.contains("Depends: linux-image-"))
                .map(line -> line.substring(line.indexOf("linux-image-")).strip())
                .findFirst()
                .orElseGet(() -> abort("needs linux-image-cloud-amd64 in apt's lists"));
    }

    private static Path fetched(String name, Path cache) throws IOException, InterruptedException {
        var folder = Files.createDirectories(cache.resolve(name));
        for (var attempt = 0; attempt < 2; attempt++) {
            try (var files = Files.newDirectoryStream(folder, "*.deb")) {
                for (var file : files) {
                    return file;
                }
            }
            Command.of("apt-get", "download", name)
                    .in(folder)
                    .within(Duration.ofMinutes(2))
                    .run()
                    .orThrow();
        }
        throw new IOException("apt-get downloaded no " + name);
    }
}

package dev.cove.bench;

import dev.cove.platform.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

/// Images that an earlier run has built: building one takes a minute and the package mirrors.
record ImageCache(Path folder) {
    private static final Duration COPY = Duration.ofMinutes(5);
    private static final Duration BUILD = Duration.ofMinutes(20);

    /// Gives an image that comes with Cove to a daemon: out of this cache, or built by the daemon
    /// and put in here.
    ///
    /// @return its folder there
    Path give(String image, DaemonProcess daemon, Consumer<String> progress)
            throws IOException, InterruptedException {
        return give(image, image, daemon, progress);
    }

    /// @param recipe a name or a file
    Path give(String image, String recipe, DaemonProcess daemon, Consumer<String> progress)
            throws IOException, InterruptedException {
        var pool = daemon.data().resolve("pool/images");
        var kept = foldersOf(image, folder);
        if (!kept.isEmpty()) {
            copy(kept.getFirst(), pool);
            return pool.resolve(kept.getFirst().getFileName());
        }
        progress.accept("building " + image + ", once");
        build(image, recipe, daemon);
        Files.createDirectories(folder);
        var built = foldersOf(image, pool).getFirst();
        copy(built, folder);
        return built;
    }

    private static void build(String image, String recipe, DaemonProcess daemon)
            throws InterruptedException {
        Command.of(daemon.command("image", "build", image, "--recipe", recipe))
                .with("COVE_HOST", daemon.address())
                .within(BUILD)
                .run()
                .orThrow();
    }

    private static List<Path> foldersOf(String image, Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (var all = Files.list(folder)) {
            return all.filter(f -> f.getFileName().toString().startsWith(image + "@")).toList();
        }
    }

    /// With the times of its files, by which Cove knows that nobody has written to them.
    private static void copy(Path image, Path into) throws IOException, InterruptedException {
        var half = into.resolve(".half-of-the-bench");
        Command.of("cp", "-a", "--sparse=always", image.toString(), half.toString())
                .within(COPY)
                .run()
                .orThrow();
        Files.move(half, into.resolve(image.getFileName()));
    }
}

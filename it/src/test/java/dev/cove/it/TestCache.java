package dev.cove.it;

import dev.cove.platform.Command;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;

/// What takes minutes to make and is kept between runs: `$COVE_TEST_CACHE`, else
/// `~/.cache/cove/test`. Each thing has a folder named after what it was made by, so that it is
/// made anew when that has changed.
final class TestCache {
    private static final Duration COPY = Duration.ofMinutes(2);

    private TestCache() {}

    /// Makes the content of a folder that is empty.
    interface Maker {
        void make(Path folder) throws IOException, InterruptedException;
    }

    /// @param origin what decides how it turns out: a change of any of these files makes it anew
    static Path get(String what, Iterable<Path> origin, Maker maker)
            throws IOException, InterruptedException {
        var cache = Files.createDirectories(folder());
        var place = cache.resolve(what + "-" + fingerprint(origin));
        try (var channel =
                        FileChannel.open(
                                cache.resolve(what + ".lock"),
                                StandardOpenOption.CREATE,
                                StandardOpenOption.WRITE);
                var _ = channel.lock()) {
            if (!Files.isDirectory(place)) {
                discardOlder(cache, what);
                var half = Files.createDirectory(cache.resolve(what + "-half"));
                maker.make(half);
                Files.move(half, place);
            }
        }
        return place;
    }

    /// Copies a tree as it is, holes and times included.
    static void copy(Path from, Path to) throws InterruptedException {
        Command.of("cp", "-a", "--sparse=always", from.toString(), to.toString())
                .within(COPY)
                .run()
                .orThrow();
    }

    static void delete(Path tree) throws InterruptedException {
        Command.of("rm", "-rf", "--one-file-system", tree.toString()).within(COPY).run().orThrow();
    }

    private static Path folder() {
        var asked = System.getenv().getOrDefault("COVE_TEST_CACHE", "");
        return asked.isBlank()
                ? Path.of(System.getProperty("user.home"), ".cache", "cove", "test")
                : Path.of(asked).toAbsolutePath();
    }

    private static void discardOlder(Path cache, String what)
            throws IOException, InterruptedException {
        try (var found = Files.newDirectoryStream(cache, what + "-{half,????????????????}")) {
            for (var old : found) {
                delete(old);
            }
        }
    }

    private static String fingerprint(Iterable<Path> origin) throws IOException {
        try {
            var digest = MessageDigest.getInstance("SHA-256");
            for (var tree : origin) {
                try (var files = Files.walk(tree)) {
                    for (var file : files.filter(Files::isRegularFile).sorted().toList()) {
                        digest.update(
                                tree.relativize(file).toString().getBytes(StandardCharsets.UTF_8));
                        digest.update(Files.readAllBytes(file));
                    }
                }
            }
            return HexFormat.of().formatHex(digest.digest(), 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}

package dev.cove.bench;

import dev.cove.client.CoveClient;
import dev.cove.images.Recipe;
import dev.cove.images.Recipes;
import dev.cove.platform.Closer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/// What the trimming of the image `debian` is worth: a cold create until a command has run, beside
/// the same of an image that is made of the same packages and left as they are.
final class Trim implements Section {
    private static final String TRIMMED = "debian";
    private static final String UNTRIMMED = "debian-as-it-comes";
    private static final int MEBIBYTES = 512;
    private static final double AT_MOST = 0.7;
    private static final Duration WITHIN = Duration.ofMinutes(4);

    private final Grounds grounds;

    Trim(Grounds grounds) {
        this.grounds = grounds;
    }

    @Override
    public String name() {
        return "trim";
    }

    @Override
    public String about() {
        return "cold create from the image debian, beside one of the same packages untrimmed";
    }

    @Override
    public boolean onlyWhenNamed() {
        return true;
    }

    @Override
    public List<Figure> measure(Turns turns, Consumer<String> progress) throws Exception {
        try (var after = new Closer()) {
            var daemon = after.own(DaemonProcess.real(grounds));
            var cache = new ImageCache(grounds.images());
            cache.give(TRIMMED, daemon, progress);
            cache.give(UNTRIMMED, recipe().toString(), daemon, progress);
            var cove = daemon.client();
            var taken =
                    turns.of(
                            List.of(
                                    Side.of(TRIMMED, () -> create(cove, TRIMMED)),
                                    Side.of(UNTRIMMED, () -> create(cove, UNTRIMMED))),
                            progress);
            return List.of(
                    new Figure.Ratio(
                            "cold create of trimmed debian, beside untrimmed",
                            taken.getFirst(),
                            taken.getLast(),
                            AT_MOST));
        }
    }

    /// The recipe of `debian` without its commands, and without its files but for the table of file
    /// systems, which every image has to have.
    private Path recipe() throws IOException {
        var trimmed = Recipes.of(TRIMMED);
        var files =
                trimmed.files().stream()
                        .filter(file -> file.path().equals("/etc/fstab"))
                        .map(Trim::yaml)
                        .collect(Collectors.joining());
        var file = grounds.scratch().resolve(UNTRIMMED + ".yaml");
        Files.writeString(
                file,
                """
                name: %s
                suite: %s
                packages: [%s]
                files:
                %sinit: %s
                kernelArguments: %s
                user: %s
                """
                        .formatted(
                                UNTRIMMED,
                                trimmed.suite(),
                                String.join(", ", trimmed.packages()),
                                files,
                                trimmed.init(),
                                trimmed.kernelArguments(),
                                trimmed.user()));
        return file;
    }

    private static String yaml(Recipe.File file) {
        return "  - path: %s\n    content: |\n%s".formatted(file.path(), file.content().indent(6));
    }

    private static Duration create(CoveClient cove, String image) {
        var name = "bench-trim";
        try (var after = new Closer()) {
            after.onClose(() -> cove.destroy(name, true, WITHIN));
            var begun = System.nanoTime();
            Vms.requireRunning(cove.create(new Kind(image, MEBIBYTES).cold(name), WITHIN));
            return Duration.ofNanos(System.nanoTime() - begun);
        }
    }
}

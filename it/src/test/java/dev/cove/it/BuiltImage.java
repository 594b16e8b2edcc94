package dev.cove.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cove.images.Recipes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// Images that Cove built itself, once for all tests.
final class BuiltImage {
    private BuiltImage() {}

    /// The folder of an image as the store has it, built by a daemon if it is not in the cache.
    static Path folder(String name) throws IOException, InterruptedException {
        return folder(name, name);
    }

    /// Likewise an image like `debian` that has further packages.
    static Path debianWith(List<String> packages) throws IOException, InterruptedException {
        var list = String.join("\n  - ", packages);
        var recipe =
                Recipes.text("debian").replace("\npackages:\n", "\npackages:\n  - " + list + "\n");
        var file = Files.createTempFile("cove-recipe", ".yaml");
        try {
            Files.writeString(file, recipe);
            return folder("debian-" + String.join("-", packages), file.toString());
        } finally {
            Files.delete(file);
        }
    }

    private static Path folder(String name, String recipe)
            throws IOException, InterruptedException {
        var made =
                TestCache.get(
                        "image-" + name, Checkout.imageMakers(), to -> build(name, recipe, to));
        return only(made, name);
    }

    private static void build(String name, String recipe, Path to)
            throws IOException, InterruptedException {
        Needs.program("mmdebstrap", "mmdebstrap");
        Needs.wayOut("building the image " + name);
        try (var daemon = RealDaemon.start(List.of(), List.of())) {
            var built = daemon.cove("image", "build", "--recipe", recipe, name);
            assertThat(built.exit()).as(built.err()).isZero();
            TestCache.copy(only(daemon.data().resolve("pool/images"), name), to);
        }
    }

    private static Path only(Path folder, String name) throws IOException {
        try (var found = Files.newDirectoryStream(folder, name + "@*")) {
            return found.iterator().next();
        }
    }
}

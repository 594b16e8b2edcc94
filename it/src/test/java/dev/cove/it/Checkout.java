package dev.cove.it;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// This checkout, built.
final class Checkout {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

    private Checkout() {}

    /// The launcher, which would build on its own what is not built.
    static Path cove() {
        for (var jar : List.of("daemon/target/cove-daemon.jar", "cli/target/cove-cli.jar")) {
            if (!Files.exists(ROOT.resolve(jar))) {
                throw new IllegalStateException(
                        jar + " is not built; run: ./mvnw package -DskipTests -pl it,cli -am");
            }
        }
        return ROOT.resolve("cove");
    }

    static Path file(String path) {
        return ROOT.resolve(path);
    }

    /// Everything that an image is made by, compiled.
    static List<Path> imageMakers() {
        return List.of(ROOT.resolve("images/target/classes"), ROOT.resolve("guest/target/classes"));
    }
}

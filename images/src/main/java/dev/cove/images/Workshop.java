package dev.cove.images;

import dev.cove.core.Bytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.function.Consumer;

/// Makes images, each in a work folder that its caller throws away.
final class Workshop {
    /// As large as a VM's disk is by default, so that this one need not grow.
    private static final Bytes USUAL_SIZE = Bytes.gibibytes(4);

    private final Mmdebstrap mmdebstrap;
    private final BootParts parts;
    private final InstantSource clock;

    Workshop(Mirrors mirrors, BootParts parts, InstantSource clock) {
        this.mmdebstrap = new Mmdebstrap(mirrors);
        this.parts = parts;
        this.clock = clock;
    }

    /// @return the folder of the sealed image
    Path build(Recipe recipe, Path work, Consumer<String> progress)
            throws IOException, InterruptedException {
        progress.accept("making a Debian " + recipe.suite() + " with mmdebstrap");
        mmdebstrap.make(recipe, work, progress);
        var image = Files.createDirectory(work.resolve("image"));
        progress.accept("unpacking the kernel");
        parts.assemble(work.resolve("kernel"), recipe.init(), image);
        progress.accept("writing the disk");
        Ext4.make(work, work.resolve("root"), image.resolve(ImageFolder.DISK), USUAL_SIZE);
        progress.accept("computing the digest");
        ImageFolder.seal(
                image,
                recipe.name(),
                "debian " + recipe.suite(),
                recipe.user(),
                recipe.init(),
                recipe.kernelArguments(),
                clock.instant());
        return image;
    }
}

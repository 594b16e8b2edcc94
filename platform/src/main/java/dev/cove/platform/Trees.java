package dev.cove.platform;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// Files, and folders with all that is in them.
public final class Trees {
    private static final Duration LIMIT = Duration.ofMinutes(5);

    private Trees() {}

    /// Deletes a file, a link, or a folder with all that is in it, following no link; nothing when
    /// there is none. Nobody else may be writing there.
    public static void delete(Path tree) throws IOException {
        if (!Files.exists(tree, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        try {
            Files.walkFileTree(tree, new Deletion());
        } catch (IOException e) {
            // Java goes by whole paths, of which the kernel takes 4,095 bytes; whoever nests
            // folders deeper wants them to stay. `rm` goes step by step.
            remove(tree, e);
        }
    }

    private static void remove(Path tree, IOException before) throws IOException {
        try {
            var result =
                    Command.of("rm", "-rf", "--one-file-system", "--", tree.toString())
                            .within(LIMIT)
                            .run();
            if (result.exit() != 0) {
                throw before;
            }
        } catch (CommandException e) {
            before.addSuppressed(e);
            throw before;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while deleting " + tree);
        }
    }

    private static final class Deletion extends SimpleFileVisitor<Path> {
        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException failure)
                throws IOException {
            if (failure != null) {
                throw failure;
            }
            Files.delete(folder);
            return FileVisitResult.CONTINUE;
        }
    }
}

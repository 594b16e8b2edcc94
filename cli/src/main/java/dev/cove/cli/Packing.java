package dev.cove.cli;

import dev.cove.tar.TarEntry;
import dev.cove.tar.TarWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;

/// Packs a file or a folder into a tar. Links go along as links.
final class Packing {
    private Packing() {}

    /// @param top what it is called in the archive
    static void write(Path file, String top, OutputStream out) throws IOException {
        var tar = new TarWriter(out);
        Files.walkFileTree(
                file,
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes has)
                            throws IOException {
                        tar.add(TarEntry.folder(name(folder), mode(folder), time(has)));
                        return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult visitFile(Path found, BasicFileAttributes has)
                            throws IOException {
                        if (has.isSymbolicLink()) {
                            var target = Files.readSymbolicLink(found).toString();
                            tar.add(TarEntry.symlink(name(found), target, time(has)));
                        } else if (has.isRegularFile()) {
                            try (var content = Files.newInputStream(found)) {
                                var mode = mode(found);
                                tar.file(
                                        TarEntry.file(name(found), mode, has.size(), time(has)),
                                        content);
                            }
                        }
                        return FileVisitResult.CONTINUE;
                    }

                    private String name(Path found) {
                        var below = file.relativize(found).toString();
                        return below.isEmpty() ? top : top + "/" + below;
                    }
                });
        tar.end();
    }

    /// One file whose content is known already.
    static void write(String name, Path content, Instant modified, OutputStream out)
            throws IOException {
        var tar = new TarWriter(out);
        var size = Files.size(content);
        try (var in = Files.newInputStream(content)) {
            tar.file(TarEntry.file(name, 0644, size, modified), in);
        }
        tar.end();
    }

    private static Instant time(BasicFileAttributes has) {
        return has.lastModifiedTime().toInstant();
    }

    private static int mode(Path file) throws IOException {
        var mode = 0;
        var letters =
                PosixFilePermissions.toString(
                        Files.getPosixFilePermissions(file, LinkOption.NOFOLLOW_LINKS));
        for (var i = 0; i < letters.length(); i++) {
            mode = mode * 2 + (letters.charAt(i) == '-' ? 0 : 1);
        }
        return mode;
    }
}

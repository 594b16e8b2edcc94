package dev.cove.cli;

import dev.cove.core.Printable;
import dev.cove.tar.TarEntry;
import dev.cove.tar.TarReader;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/// Unpacks a tar that a guest has made, and a guest is hostile: nothing is written outside of the
/// target, through no link, however the archive names it; links lead nowhere but into what was
/// unpacked; there are no devices, no set-user-id and no owners. What may not be is left out and
/// named.
final class Unpacking {
    private static final int MOST_ENTRIES = 2_000_000;
    private static final int DEEPEST = 200;
    private static final int MOST_TOLD = 100;
    private static final FileAttribute<?> MINE = mode("rw-------");
    private static final FileAttribute<?> MY_FOLDER = mode("rwx------");

    private final Path parent;
    private final String top;
    private final List<String> skipped = new ArrayList<>();
    private final List<TarEntry> folders = new ArrayList<>();
    private int untold;

    /// @param parent an existing folder
    /// @param top what the archive's one top entry is to be called in it
    Unpacking(Path parent, String top) {
        this.parent = parent;
        this.top = top;
    }

    /// @return what was left out, and why
    /// @throws IOException when the archive is none, or a file cannot be written
    List<String> unpack(TarReader tar) throws IOException {
        var entries = 0;
        for (var entry = tar.next(); entry.isPresent(); entry = tar.next()) {
            if (++entries > MOST_ENTRIES) {
                throw new IOException("the archive has more than " + MOST_ENTRIES + " entries");
            }
            var path = place(entry.get().path());
            if (path.isEmpty()) {
                skip(entry.get(), "its name leads out of the folder");
            } else {
                unpack(entry.get(), path, tar);
            }
        }
        // Last, and the inner ones first: a folder that forbids writing would refuse its content.
        for (var folder : folders.reversed()) {
            var path = place(folder.path());
            // Later entries may have put something else there.
            if (passesNoLink(path) && Files.isDirectory(resolve(path), LinkOption.NOFOLLOW_LINKS)) {
                finish(resolve(path), folder);
            }
        }
        if (untold > 0) {
            skipped.add("left out " + untold + " more");
        }
        return skipped;
    }

    private void unpack(TarEntry entry, List<String> path, TarReader tar) throws IOException {
        if (!makeParents(path)) {
            skip(entry, "a link or a file is in its way");
            return;
        }
        var file = resolve(path);
        switch (entry.kind()) {
            case FOLDER -> {
                if (!makeFolder(file, MY_FOLDER)) {
                    skip(entry, "a link or a file is in its way");
                    return;
                }
                folders.add(entry);
            }
            case FILE -> write(entry, file, tar);
            case SYMLINK -> link(entry, path, file);
            case HARDLINK -> nameAgain(entry, file);
            case DEVICE -> skip(entry, "it is a device or a pipe");
            case OTHER -> skip(entry, "it is neither a file nor a folder nor a link");
        }
    }

    /// Nobody else may read it before it is known whether they are to.
    private static void write(TarEntry entry, Path file, TarReader tar) throws IOException {
        clear(file);
        var anew = Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        try (var channel = Files.newByteChannel(file, anew, MINE);
                var out = Channels.newOutputStream(channel)) {
            tar.content().transferTo(out);
        }
        finish(file, entry);
    }

    private void link(TarEntry entry, List<String> path, Path file) throws IOException {
        if (leadsOut(path, entry.target())) {
            skip(entry, "the link leads out of the folder");
            return;
        }
        clear(file);
        Files.createSymbolicLink(file, Path.of(entry.target()));
    }

    /// A second name of a file, and no second content: an archive of a few bytes could fill the
    /// disk with copies. What is reached by either name is never written to.
    private void nameAgain(TarEntry entry, Path file) throws IOException {
        var earlier = place(entry.target());
        var from = earlier.isEmpty() ? file : resolve(earlier);
        if (earlier.isEmpty()
                || from.equals(file)
                || !passesNoLink(earlier)
                || !Files.isRegularFile(from, LinkOption.NOFOLLOW_LINKS)) {
            skip(entry, "the file it is another name of is not there");
            return;
        }
        clear(file);
        try {
            Files.createLink(file, from);
        } catch (UnsupportedOperationException | FileSystemException e) {
            skip(entry, "a file cannot have another name here: " + e.getMessage());
        }
    }

    /// The parts of an entry's path below the target, its top renamed.
    ///
    /// @return none when it leads elsewhere
    private List<String> place(String text) {
        var parts = new ArrayList<String>();
        for (var part : text.split("/", -1)) {
            if (part.equals("..") || part.indexOf('\0') >= 0) {
                return List.of();
            }
            if (!part.isEmpty() && !part.equals(".")) {
                parts.add(part);
            }
        }
        if (text.startsWith("/") || parts.isEmpty() || parts.size() > DEEPEST) {
            return List.of();
        }
        parts.set(0, top);
        return parts;
    }

    private Path resolve(List<String> parts) throws IOException {
        try {
            var path = parent;
            for (var part : parts) {
                path = path.resolve(part);
            }
            return path;
        } catch (InvalidPathException e) {
            throw new IOException("the archive has a name that no file can have", e);
        }
    }

    /// Makes the folders above, none of which may be a link.
    private boolean makeParents(List<String> path) throws IOException {
        for (var i = 1; i < path.size(); i++) {
            if (!makeFolder(resolve(path.subList(0, i)))) {
                return false;
            }
        }
        return true;
    }

    private boolean passesNoLink(List<String> path) throws IOException {
        for (var i = 1; i < path.size(); i++) {
            if (!Files.isDirectory(resolve(path.subList(0, i)), LinkOption.NOFOLLOW_LINKS)) {
                return false;
            }
        }
        return true;
    }

    private static boolean makeFolder(Path folder, FileAttribute<?>... attributes)
            throws IOException {
        try {
            Files.createDirectory(folder, attributes);
            return true;
        } catch (FileAlreadyExistsException e) {
            return Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS);
        }
    }

    /// What a link leads to, followed by its words alone, stays below the top.
    private static boolean leadsOut(List<String> path, String target) {
        if (path.size() == 1
                || target.startsWith("/")
                || target.isEmpty()
                || target.indexOf('\0') >= 0) {
            return true;
        }
        var depth = path.size() - 1;
        var named = false;
        for (var part : target.split("/", -1)) {
            if (part.equals("..")) {
                // A name before `..` may be a link itself: then the words say nothing.
                if (named || --depth < 1) {
                    return true;
                }
            } else if (!part.isEmpty() && !part.equals(".")) {
                named = true;
            }
        }
        return false;
    }

    /// Makes way for a new file; what is there is replaced, never written through.
    private static void clear(Path file) throws IOException {
        try {
            Files.deleteIfExists(file);
        } catch (DirectoryNotEmptyException e) {
            throw new IOException("the folder " + file + " is where a file has to go", e);
        }
    }

    private static void finish(Path file, TarEntry entry) throws IOException {
        Files.setPosixFilePermissions(file, permissions(entry.mode()));
        Files.setLastModifiedTime(file, FileTime.from(entry.modified()));
    }

    private static Set<PosixFilePermission> permissions(int mode) {
        var granted = EnumSet.of(PosixFilePermission.OWNER_READ);
        var all = PosixFilePermission.values();
        for (var i = 0; i < 9; i++) {
            if ((mode & (0400 >> i)) != 0) {
                granted.add(all[i]);
            }
        }
        return granted;
    }

    private static FileAttribute<?> mode(String letters) {
        return PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(letters));
    }

    private void skip(TarEntry entry, String why) {
        if (skipped.size() >= MOST_TOLD) {
            untold++;
            return;
        }
        skipped.add("left out " + Printable.of(entry.path(), 200) + ": " + why);
    }
}

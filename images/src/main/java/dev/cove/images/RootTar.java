package dev.cove.images;

import dev.cove.core.Bytes;
import dev.cove.core.CoveException;
import dev.cove.core.Printable;
import dev.cove.images.Paths.Kind;
import dev.cove.tar.TarEntry;
import dev.cove.tar.TarException;
import dev.cove.tar.TarReader;
import dev.cove.tar.TarWriter;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Copies a stranger's tarball of a root file system into one that can be unpacked without fear, or
/// refuses it. In the copy every entry lies under folders that the copy itself has made, no name
/// climbs, no entry comes twice, hard links point to files that came before, and there are no
/// devices. Where symbolic links point does not matter then: nothing is ever written through one.
final class RootTar {
    private static final int MOST_ENTRIES = 1_000_000;
    private static final int LONGEST_PATH = 4096;
    private static final int DEEPEST = 128;
    private static final long LARGEST_OWNER = 0xffff_fffeL;
    private static final char NO_CHARACTER = '\ufffd';

    private final TarReader in;
    private final TarWriter out;
    private final Bytes most;
    private final Paths paths = new Paths();
    private long bytes;

    private RootTar(TarReader in, TarWriter out, Bytes most) {
        this.in = in;
        this.out = out;
        this.most = most;
    }

    /// What came of it.
    ///
    /// @param init the root's first process, if it has one
    record Copied(int entries, Bytes content, Optional<String> init) {}

    /// @param most that all files may take together
    /// @throws CoveException INVALID when it is truncated, hostile, or no tarball
    /// @throws InterruptedException when the caller was; the copy is of no use then
    static Copied copy(InputStream from, OutputStream to, Bytes most)
            throws IOException, InterruptedException {
        try {
            return new RootTar(new TarReader(from), new TarWriter(to), most).copy();
        } catch (TarException e) {
            throw refused(String.valueOf(e.getMessage()));
        } catch (EOFException e) {
            throw new CoveException(
                    CoveException.Kind.INVALID,
                    "this tarball cannot be imported: it is cut short; fetch it once more, and give"
                            + " --sha256 to be sure of it",
                    e);
        } catch (InterruptedIOException e) {
            throw (InterruptedException) new InterruptedException().initCause(e);
        }
    }

    private Copied copy() throws IOException, InterruptedException {
        for (var entry = in.next(); entry.isPresent(); entry = in.next()) {
            if (paths.count() >= MOST_ENTRIES) {
                throw refused("it has more than " + MOST_ENTRIES + " entries");
            }
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            copy(entry.get());
        }
        out.end();
        if (paths.count() == 0) {
            throw refused("it is empty");
        }
        return new Copied(paths.count(), new Bytes(bytes), init());
    }

    private void copy(TarEntry found) throws IOException {
        var path = path(found.path());
        if (path.isEmpty()) {
            return;
        }
        if (found.kind() == TarEntry.Kind.DEVICE && path.startsWith("dev/")) {
            return; // The guest's kernel makes these itself.
        }
        makeParents(path);
        requireOwner(found.user());
        requireOwner(found.group());
        var entry = found.at(path);
        switch (entry.kind()) {
            case FOLDER -> folder(entry);
            case FILE -> file(entry);
            case SYMLINK -> {
                add(path, Kind.LINK);
                requireText(entry.target());
                out.add(entry);
            }
            case HARDLINK -> hardLink(entry);
            case DEVICE -> throw refused("\"" + shown(path) + "\" is a device");
            case OTHER -> throw refused("\"" + shown(path) + "\" is of an unknown kind");
        }
    }

    /// A name as the root's own: without the ways of writing the same one twice.
    private static String path(String name) {
        if (name.length() > LONGEST_PATH || name.indexOf('\0') >= 0) {
            throw refused("a name is longer than " + LONGEST_PATH + " characters or has a zero");
        }
        requireText(name);
        if (name.startsWith("/")) {
            throw refused("\"" + shown(name) + "\" begins with /");
        }
        var parts = new ArrayList<String>();
        for (var part : name.split("/", -1)) {
            if (part.equals("..")) {
                throw refused("\"" + shown(name) + "\" climbs out");
            }
            if (!part.isEmpty() && !part.equals(".")) {
                parts.add(part);
            }
        }
        if (parts.size() > DEEPEST) {
            throw refused("\"" + shown(name) + "\" is deeper than " + DEEPEST + " folders");
        }
        return String.join("/", parts);
    }

    /// Other bytes would come out as other names than they went in.
    private static void requireText(String name) {
        if (name.indexOf(NO_CHARACTER) >= 0) {
            throw refused("the name \"" + shown(name) + "\" is not UTF-8");
        }
    }

    private void makeParents(String path) throws IOException {
        for (var at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) {
            var parent = path.substring(0, at);
            if (paths.add(parent, Kind.FOLDER)) {
                out.add(TarEntry.folder(parent + "/", 0755, java.time.Instant.EPOCH));
            } else if (!is(parent, Kind.FOLDER)) {
                throw refused(
                        "\""
                                + shown(path)
                                + "\" would be written through \""
                                + shown(parent)
                                + "\"");
            }
        }
    }

    /// The only entry that may come twice: archivers write a folder again to change its mode.
    private void folder(TarEntry entry) throws IOException {
        if (!paths.add(entry.path(), Kind.FOLDER) && !is(entry.path(), Kind.FOLDER)) {
            throw twice(entry.path());
        }
        out.add(entry.at(entry.path() + "/"));
    }

    private void hardLink(TarEntry entry) throws IOException {
        var target = path(entry.target());
        if (!is(target, Kind.FILE)) {
            throw refused(
                    "\""
                            + shown(entry.path())
                            + "\" is a hard link to \""
                            + shown(target)
                            + "\", which is no file that came before");
        }
        add(entry.path(), Kind.FILE);
        out.add(entry.to(target));
    }

    private void file(TarEntry entry) throws IOException {
        add(entry.path(), Kind.FILE);
        if (entry.size() > most.count() - bytes) {
            throw CoveException.invalid(
                    "this tarball cannot be imported: it unpacks to more than "
                            + most.toMebibytes()
                            + "M, "
                            + Intake.SHARE
                            + "; destroy VMs or remove images");
        }
        bytes += entry.size();
        out.file(entry, in.content());
    }

    private boolean is(String path, Kind kind) {
        return paths.get(path).filter(kind::equals).isPresent();
    }

    private void add(String path, Kind kind) {
        if (!paths.add(path, kind)) {
            throw twice(path);
        }
    }

    private static void requireOwner(long id) {
        if (id < 0 || id > LARGEST_OWNER) {
            throw refused("an owner is " + id);
        }
    }

    private Optional<String> init() {
        return List.of("sbin/init", "usr/sbin/init").stream()
                .filter(path -> paths.get(path).isPresent())
                .findFirst()
                .map(path -> "/sbin/init");
    }

    private static String shown(String path) {
        return Printable.of(path, 120);
    }

    private static CoveException twice(String path) {
        return refused("\"" + shown(path) + "\" comes twice");
    }

    private static CoveException refused(String why) {
        return CoveException.invalid(
                "this tarball cannot be imported: "
                        + why
                        + "; pack a root file system anew: tar -C ROOT -cf root.tar .");
    }
}

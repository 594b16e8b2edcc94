package dev.cove.images;

import dev.cove.core.Bytes;
import dev.cove.core.CoveException;
import dev.cove.core.Printable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;

/// Copies a stranger's tarball of a root file system into one that can be unpacked without fear, or
/// refuses it. In the copy every entry lies under folders that the copy itself has made, no name
/// climbs, no entry comes twice, hard links point to files that came before, and there are no
/// devices. Where symbolic links point does not matter then: nothing is ever written through one.
final class RootTar {
    private static final int MOST_ENTRIES = 1_000_000;
    private static final int LONGEST_PATH = 4096;
    private static final int DEEPEST = 128;

    /// What an entry of the copy is.
    private enum Kind {
        FOLDER,
        FILE,
        LINK
    }

    private final Bytes most;
    private final Map<String, Kind> entries = new HashMap<>();
    private long bytes;

    private RootTar(Bytes most) {
        this.most = most;
        entries.put("", Kind.FOLDER);
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
        var tar = new RootTar(most);
        var in = new TarArchiveInputStream(from, StandardCharsets.UTF_8.name());
        var out = new TarArchiveOutputStream(to, StandardCharsets.UTF_8.name());
        out.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
        out.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
        out.setAddPaxHeadersForNonAsciiNames(true);
        for (var entry = next(in); entry.isPresent(); entry = next(in)) {
            tar.copy(entry.get(), in, out);
        }
        out.finish();
        if (tar.entries.size() == 1) {
            throw refused("it is empty");
        }
        return new Copied(tar.entries.size() - 1, new Bytes(tar.bytes), tar.init());
    }

    private static Optional<TarArchiveEntry> next(TarArchiveInputStream in) {
        try {
            return Optional.ofNullable(in.getNextEntry());
        } catch (IOException | IllegalArgumentException e) {
            throw broken(e);
        }
    }

    private void copy(TarArchiveEntry entry, TarArchiveInputStream in, TarArchiveOutputStream out)
            throws IOException, InterruptedException {
        if (entries.size() > MOST_ENTRIES) {
            throw refused("it has more than " + MOST_ENTRIES + " entries");
        }
        var path = path(entry.getName());
        if (entry.isCharacterDevice() || entry.isBlockDevice() || entry.isFIFO()) {
            if (path.startsWith("dev/")) {
                return; // The guest's kernel makes these itself.
            }
            throw refused("\"" + shown(path) + "\" is a device");
        }
        if (path.isEmpty()) {
            return;
        }
        makeParents(path, out);
        if (entry.isDirectory()) {
            folder(path, entry, out);
        } else if (entry.isSymbolicLink()) {
            link(path, entry, out);
        } else if (entry.isLink()) {
            hardLink(path, entry, out);
        } else if (entry.isFile()) {
            file(path, entry, in, out);
        } else {
            throw refused("\"" + shown(path) + "\" is of an unknown kind");
        }
    }

    /// A name as the root's own: without the ways of writing the same one twice.
    private static String path(String name) {
        if (name.length() > LONGEST_PATH || name.indexOf('\0') >= 0) {
            throw refused("a name is longer than " + LONGEST_PATH + " characters or has a zero");
        }
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

    private void makeParents(String path, TarArchiveOutputStream out) throws IOException {
        for (var at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) {
            var parent = path.substring(0, at);
            var kind = entries.get(parent);
            if (kind == null) {
                entries.put(parent, Kind.FOLDER);
                var made = new TarArchiveEntry(parent + "/");
                made.setMode(0755);
                write(made, out);
            } else if (kind != Kind.FOLDER) {
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
    private void folder(String path, TarArchiveEntry entry, TarArchiveOutputStream out)
            throws IOException {
        var before = entries.putIfAbsent(path, Kind.FOLDER);
        if (before != null && before != Kind.FOLDER) {
            throw twice(path);
        }
        write(like(entry, new TarArchiveEntry(path + "/")), out);
    }

    private void link(String path, TarArchiveEntry entry, TarArchiveOutputStream out)
            throws IOException {
        add(path, Kind.LINK);
        var copy = like(entry, new TarArchiveEntry(path, TarConstants.LF_SYMLINK));
        copy.setLinkName(entry.getLinkName());
        write(copy, out);
    }

    private void hardLink(String path, TarArchiveEntry entry, TarArchiveOutputStream out)
            throws IOException {
        var target = path(entry.getLinkName());
        if (entries.get(target) != Kind.FILE) {
            throw refused(
                    "\""
                            + shown(path)
                            + "\" is a hard link to \""
                            + shown(target)
                            + "\", which is no file that came before");
        }
        add(path, Kind.FILE);
        var copy = like(entry, new TarArchiveEntry(path, TarConstants.LF_LINK));
        copy.setLinkName(target);
        write(copy, out);
    }

    private void file(
            String path,
            TarArchiveEntry entry,
            TarArchiveInputStream in,
            TarArchiveOutputStream out)
            throws IOException, InterruptedException {
        add(path, Kind.FILE);
        var size = entry.getRealSize();
        if (size < 0 || size > most.count() - bytes) {
            throw CoveException.invalid(
                    "this tarball cannot be imported: it unpacks to more than "
                            + most.toMebibytes()
                            + "M, half of the pool's free space; destroy VMs or remove images");
        }
        bytes += size;
        var copy = like(entry, new TarArchiveEntry(path));
        copy.setSize(size);
        out.putArchiveEntry(copy);
        if (read(in, out) != size) {
            throw refused("it is cut short in \"" + shown(path) + "\"");
        }
        out.closeArchiveEntry();
    }

    private static long read(TarArchiveInputStream in, OutputStream out)
            throws IOException, InterruptedException {
        var buffer = new byte[1 << 16];
        var total = 0L;
        while (true) {
            int count;
            try {
                count = in.read(buffer);
            } catch (IOException e) {
                throw broken(e);
            }
            if (count < 0) {
                return total;
            }
            out.write(buffer, 0, count);
            total += count;
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
        }
    }

    private void add(String path, Kind kind) {
        if (entries.putIfAbsent(path, kind) != null) {
            throw twice(path);
        }
    }

    private static TarArchiveEntry like(TarArchiveEntry entry, TarArchiveEntry copy) {
        copy.setMode(entry.getMode() & 07777);
        copy.setUserId(id(entry.getLongUserId()));
        copy.setGroupId(id(entry.getLongGroupId()));
        copy.setModTime(entry.getLastModifiedTime());
        return copy;
    }

    private static long id(long id) {
        if (id < 0 || id > 0xffff_fffeL) {
            throw refused("an owner is " + id);
        }
        return id;
    }

    private static void write(TarArchiveEntry entry, TarArchiveOutputStream out)
            throws IOException {
        out.putArchiveEntry(entry);
        out.closeArchiveEntry();
    }

    private Optional<String> init() {
        return List.of("sbin/init", "usr/sbin/init").stream()
                .filter(entries::containsKey)
                .findFirst()
                .map(path -> "/sbin/init");
    }

    private static String shown(String path) {
        return Printable.of(path, 120);
    }

    private static CoveException twice(String path) {
        return refused("\"" + shown(path) + "\" comes twice");
    }

    private static CoveException broken(Exception cause) {
        return new CoveException(
                CoveException.Kind.INVALID,
                "this tarball cannot be imported: it is damaged or cut short; fetch it once more, and"
                        + " give --sha256 to be sure of it",
                cause);
    }

    private static CoveException refused(String why) {
        return CoveException.invalid(
                "this tarball cannot be imported: "
                        + why
                        + "; pack a root file system anew: tar -C ROOT -cf root.tar .");
    }
}

package dev.cove.tar;

import java.time.Instant;

/// One entry of a tar, as its header tells of it.
///
/// @param path as it stands there: nothing has been checked yet
/// @param mode permissions, with whatever other bits the archive has
/// @param user, group the numbers of its owners, whatever they are
/// @param size of the content that follows, in bytes; 0 for all but files
/// @param target what a link leads to; empty for all others
public record TarEntry(
        Kind kind,
        String path,
        int mode,
        long user,
        long group,
        long size,
        Instant modified,
        String target) {
    /// What an entry is.
    public enum Kind {
        FILE,
        FOLDER,
        SYMLINK,
        /// A second name of a file earlier in the same archive.
        HARDLINK,
        /// A device or a pipe.
        DEVICE,
        /// Something newer.
        OTHER
    }

    public static TarEntry file(String path, int mode, long size, Instant modified) {
        return new TarEntry(Kind.FILE, path, mode, 0, 0, size, modified, "");
    }

    public static TarEntry folder(String path, int mode, Instant modified) {
        return new TarEntry(Kind.FOLDER, path, mode, 0, 0, 0, modified, "");
    }

    public static TarEntry symlink(String path, String target, Instant modified) {
        return new TarEntry(Kind.SYMLINK, path, 0777, 0, 0, 0, modified, target);
    }

    /// The same under another name.
    public TarEntry at(String other) {
        return new TarEntry(kind, other, mode, user, group, size, modified, target);
    }

    /// The same, leading to something else.
    public TarEntry to(String other) {
        return new TarEntry(kind, path, mode, user, group, size, modified, other);
    }
}

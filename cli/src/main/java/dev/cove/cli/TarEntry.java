package dev.cove.cli;

import java.time.Instant;

/// One entry of a tar, as its header tells of it.
///
/// @param path as it stands there: nothing has been checked yet
/// @param mode permissions, with whatever other bits the archive has
/// @param size of the content that follows, in bytes; 0 for all but files
/// @param target what a link leads to; empty for all others
record TarEntry(Kind kind, String path, int mode, long size, Instant modified, String target) {
    /// What an entry is.
    enum Kind {
        FILE,
        FOLDER,
        SYMLINK,
        /// A second name of a file earlier in the same archive.
        HARDLINK,
        /// A device, a pipe, or something newer.
        OTHER
    }
}

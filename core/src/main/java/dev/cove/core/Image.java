package dev.cove.core;

import java.nio.file.Path;
import java.time.Instant;

/// An image that is whole and verified.
///
/// @param digest of the root disk
/// @param size of the root disk as the guest sees it; a VM's disk is at least as large
/// @param used what its files take on disk
/// @param origin where it came from, in a few words: `debian trixie`, `import of disk.qcow2`
/// @param user whom the daemon logs in as
/// @param disk, kernel, initramfs the files, read-only
/// @param kernelArguments what this guest wants on its kernel's command line, besides what the VMM
///   adds
public record Image(
        Name name,
        Digest digest,
        Bytes size,
        Bytes used,
        String origin,
        String user,
        Path disk,
        Path kernel,
        Path initramfs,
        String kernelArguments,
        Instant created) {
    public ImageRef ref() {
        return new ImageRef(name, digest);
    }
}

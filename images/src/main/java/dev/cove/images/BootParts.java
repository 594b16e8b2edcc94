package dev.cove.images;

import java.nio.file.Path;

/// Makes what an image's VMs boot from, besides their disk.
@FunctionalInterface
public interface BootParts {
    /// Writes `vmlinux` and `initramfs` into a folder.
    ///
    /// @param unpacked the content of a suite's kernel package and of its `busybox-static`
    /// @param init the image's own init
    void assemble(Path unpacked, String init, Path folder) throws InterruptedException;
}

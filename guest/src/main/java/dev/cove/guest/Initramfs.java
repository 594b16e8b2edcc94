package dev.cove.guest;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/// An image's initramfs with an archive of a VM's own behind it: the kernel unpacks one after the
/// other, and what comes later wins.
final class Initramfs {
    /// QEMU puts the end of an initramfs into the last page of the guest's memory. With QEMU 10.0
    /// that is where a microvm has its ACPI tables too, just under 1 KiB, and what reaches them
    /// overwrites them: the boot hangs at "ACPI: Core revision". One of whole pages ends before it.
    private static final int PAGE = 4096;

    private Initramfs() {}

    /// Secret from its first byte on, and whole as soon as it has its name.
    static void write(Path base, byte[] archive, Path target, int user) throws IOException {
        var half = target.resolveSibling("initramfs.half");
        Files.deleteIfExists(half);
        var options = Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        var secret = PosixFilePermissions.fromString("r--------");
        try (var out =
                        FileChannel.open(
                                half, options, PosixFilePermissions.asFileAttribute(secret));
                var in = FileChannel.open(base)) {
            for (long at = 0; at < in.size(); ) {
                at += in.transferTo(at, in.size() - at, out);
            }
            // The kernel wants each archive to begin at a multiple of four.
            out.write(ByteBuffer.allocate((int) (-in.size() & 3)));
            out.write(ByteBuffer.wrap(archive));
            out.write(ByteBuffer.allocate((int) (-out.size() & (PAGE - 1))));
        }
        Files.setAttribute(half, "unix:uid", user);
        Files.move(half, target, StandardCopyOption.ATOMIC_MOVE);
    }
}

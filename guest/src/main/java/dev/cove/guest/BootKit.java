package dev.cove.guest;

import dev.cove.core.CoveException;
import dev.cove.platform.Command;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/// Makes the files that every VM of an image boots from, of unpacked Debian packages: the kernel
/// (`linux-image-*-cloud-amd64`) and BusyBox (`busybox-static`). What a guest does with them comes
/// with each boot ([Agent]).
public final class BootKit {
    /// What a disk, a network card and the guest's channel need, on `microvm` and on `q35`.
    private static final List<String> WANTED =
            List.of("virtio_mmio", "virtio_pci", "virtio_blk", "virtio_net", "virtio_console");

    private static final String FSTAB =
            """
            proc /proc proc defaults 0 0
            dev /dev devtmpfs defaults 0 0
            sys /sys sysfs defaults 0 0
            """;
    private static final String FSTAB_ROOT =
            """
            /dev/vda /root ext4 rw,noatime 0 0
            proc /root/proc proc nosuid,nodev,noexec 0 0
            sys /root/sys sysfs nosuid,nodev,noexec 0 0
            dev /root/dev devtmpfs nosuid 0 0
            run /root/run tmpfs nosuid,nodev,mode=0755 0 0
            """;

    /// Writes `vmlinux` and `initramfs` into a folder.
    ///
    /// @param unpacked a folder with the content of both packages
    /// @param init the image's own init, to which the boot hands over
    /// @throws CoveException UNAVAILABLE when the packages are not what is needed, or a program is
    ///   missing
    public void assemble(Path unpacked, String init, Path folder) throws InterruptedException {
        try {
            var vmlinux = folder.resolve("vmlinux");
            KernelImage.unpack(kernel(unpacked), vmlinux);
            // VMMs read it, each as a user of its own.
            Files.setPosixFilePermissions(vmlinux, PosixFilePermissions.fromString("r--r--r--"));
            Files.write(folder.resolve("initramfs"), initramfs(unpacked, init));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path kernel(Path unpacked) throws IOException {
        try (var files = Files.newDirectoryStream(unpacked.resolve("boot"), "vmlinuz-*")) {
            for (var file : files) {
                return file;
            }
        }
        throw CoveException.unavailable("the kernel package has no boot/vmlinuz-*");
    }

    private byte[] initramfs(Path unpacked, String init) throws IOException, InterruptedException {
        var busybox = busybox(unpacked);
        var cpio = new Cpio();
        for (var folder :
                List.of("bin", "dev", "etc", "lib", "lib/modules", "proc", "root", "sys")) {
            cpio.folder(folder, 0755);
        }
        cpio.folder("cove", 0700)
                .file("cove/busybox", 0755, Files.readAllBytes(busybox))
                .file("cove/image", 0600, "init=" + init + "\n")
                .characterDevice("dev/console", 0600, 5, 1)
                .link("bin/busybox", "/cove/busybox")
                .link("bin/sh", "/cove/busybox")
                .file("etc/fstab", 0644, FSTAB)
                .file("etc/fstab.root", 0644, FSTAB_ROOT);
        addModules(cpio, unpacked, busybox);
        return cpio.end();
    }

    private static void addModules(Cpio cpio, Path unpacked, Path busybox)
            throws IOException, InterruptedException {
        var order = new StringBuilder();
        var modules = KernelModules.in(modulesFolder(unpacked));
        for (var file : modules.order(WANTED, packed -> plain(packed, busybox))) {
            var name = file.getFileName().toString();
            cpio.file("lib/modules/" + name, 0644, Files.readAllBytes(file));
            order.append(name).append('\n');
        }
        cpio.file("lib/modules/order", 0644, order.toString());
    }

    /// BusyBox unpacks what BusyBox will load, so that no host program is needed.
    private static Path plain(Path packed, Path busybox) throws InterruptedException {
        var name = packed.getFileName().toString();
        if (name.endsWith(".ko")) {
            return packed;
        }
        if (!name.endsWith(".ko.xz")) {
            throw CoveException.unavailable(
                    "the kernel module " + name + " is packed neither with xz nor not at all");
        }
        Command.of(busybox.toString(), "unxz", packed.toString()).run().orThrow();
        return packed.resolveSibling(name.substring(0, name.length() - ".xz".length()));
    }

    private static Path modulesFolder(Path unpacked) throws IOException {
        for (var place : List.of("usr/lib/modules", "lib/modules")) {
            if (Files.isDirectory(unpacked.resolve(place))) {
                try (var releases = Files.newDirectoryStream(unpacked.resolve(place))) {
                    for (var release : releases) {
                        return release;
                    }
                }
            }
        }
        throw CoveException.unavailable("the kernel package has no lib/modules");
    }

    private static Path busybox(Path unpacked) {
        for (var place : List.of("usr/bin/busybox", "bin/busybox")) {
            if (Files.isExecutable(unpacked.resolve(place))) {
                return unpacked.resolve(place);
            }
        }
        throw CoveException.unavailable("the package busybox-static has no bin/busybox");
    }
}

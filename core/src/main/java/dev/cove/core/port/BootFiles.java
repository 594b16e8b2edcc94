package dev.cove.core.port;

import java.nio.file.Path;

/// What a machine boots from.
///
/// @param kernel an uncompressed ELF `vmlinux` with a PVH entry
/// @param initramfs the image's own with this VM's identity appended
/// @param arguments the kernel's command line as far as the guest needs it; the VMM adds its
///   console and clock
public record BootFiles(Path kernel, Path initramfs, String arguments) {}

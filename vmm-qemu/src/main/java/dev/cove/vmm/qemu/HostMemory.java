package dev.cove.vmm.qemu;

import dev.cove.core.Bytes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;

/// The memory that this host has (proc_meminfo(5)).
final class HostMemory {
    private static final Path FILE = Path.of("/proc/meminfo");
    private static final Pattern TOTAL = Pattern.compile("(?m)^MemTotal: +(\\d{1,15}) kB$");

    private HostMemory() {}

    /// One part of so many equal ones.
    static Bytes share(int parts) {
        try {
            var total = TOTAL.matcher(Files.readString(FILE));
            return new Bytes(total.find() ? Long.parseLong(total.group(1)) * 1024 / parts : 0);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + FILE, e);
        }
    }
}

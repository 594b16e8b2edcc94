package dev.cove.vmm.qemu;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.zip.CRC32C;

/// What a guest sees that is given this host's processor: its kind, and what the kernel says it can
/// do, as `/proc/cpuinfo` has it of the first one.
record HostProcessor(String text) {
    private static final Path FILE = Path.of("/proc/cpuinfo");

    /// The lines that stay the same from one look to the next, on x86 and on ARM.
    private static final Set<String> LASTING =
            Set.of(
                    "vendor_id",
                    "cpu family",
                    "model",
                    "model name",
                    "stepping",
                    "flags",
                    "CPU implementer",
                    "CPU architecture",
                    "CPU variant",
                    "CPU part",
                    "CPU revision",
                    "Features");

    static HostProcessor read() {
        try {
            return of(Files.readString(FILE));
        } catch (IOException e) {
            return new HostProcessor("unknown");
        }
    }

    static HostProcessor of(String cpuinfo) {
        var lasting =
                cpuinfo.lines()
                        .takeWhile(line -> !line.isBlank())
                        .filter(line -> LASTING.contains(line.split("\\s*:", 2)[0]))
                        .collect(Collectors.joining("\n"));
        var sum = new CRC32C();
        sum.update(lasting.getBytes(StandardCharsets.UTF_8));
        return new HostProcessor("%08x".formatted(sum.getValue()));
    }
}

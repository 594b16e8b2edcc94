package dev.cove.daemon;

import dev.cove.core.Vm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// What VMMs take of the host's memory.
final class Memory {
    private Memory() {}

    /// Resident bytes of a VM's VMM (`VmRSS`, proc_pid_status(5)); 0 when it has none.
    static long residentOf(Vm vm) {
        return vm.status().process().map(p -> residentOf(p.pid())).orElse(0L);
    }

    private static long residentOf(long pid) {
        try (var lines = Files.lines(Path.of("/proc", Long.toString(pid), "status"))) {
            return lines.filter(line -> line.startsWith("VmRSS:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
                    .findFirst()
                    .orElse(0);
        } catch (IOException | java.io.UncheckedIOException e) {
            // It has ended since the VM was looked up.
            return 0;
        }
    }
}

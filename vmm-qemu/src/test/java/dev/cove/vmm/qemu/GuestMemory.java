package dev.cove.vmm.qemu;

import dev.cove.core.Bytes;
import dev.cove.core.port.Machine;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/// A guest's memory as its QEMU's process has it (proc_pid_mem(5)); it should stand still.
///
/// @param from where in the process it begins
record GuestMemory(Path process, long from, Bytes size) {
    private static final int PAGE = 4096;
    private static final int CHUNK = 256 * PAGE;

    static GuestMemory of(Machine machine, Bytes size) throws IOException {
        var process = Path.of("/proc/" + machine.process().pid());
        for (var line : Files.readAllLines(process.resolve("maps"))) {
            var words = line.split(" ", 3);
            var range = words[0].split("-", 2);
            var from = HexFormat.fromHexDigitsToLong(range[0]);
            var to = HexFormat.fromHexDigitsToLong(range[1]);
            if (words[1].startsWith("rw-") && to - from == size.count()) {
                return new GuestMemory(process, from, size);
            }
        }
        throw new IOException(process + " has no mapping of " + size);
    }

    /// The numbers of the pages that are not the same in another one of the same size.
    List<Long> differences(GuestMemory other) throws IOException {
        var found = new ArrayList<Long>();
        try (var ours = open();
                var theirs = other.open()) {
            var left = new byte[CHUNK];
            var right = new byte[CHUNK];
            for (var at = 0L; at < size.count(); at += CHUNK) {
                ours.seek(from + at);
                theirs.seek(other.from + at);
                ours.readFully(left);
                theirs.readFully(right);
                for (var page = 0; page < CHUNK; page += PAGE) {
                    if (!Arrays.equals(left, page, page + PAGE, right, page, page + PAGE)) {
                        found.add((at + page) / PAGE);
                    }
                }
            }
        }
        return found;
    }

    private RandomAccessFile open() throws IOException {
        return new RandomAccessFile(process.resolve("mem").toFile(), "r");
    }
}

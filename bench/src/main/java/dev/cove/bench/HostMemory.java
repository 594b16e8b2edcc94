package dev.cove.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.ToLongFunction;
import java.util.regex.Pattern;

/// What a VMM's process takes of the host's memory, in KiB: its proportional share (Pss, proc(5)),
/// in which a page that n processes have mapped counts an nth for each.
///
/// @param own what the guest has written that nobody shares
/// @param shared its share of the guest's memory that others have mapped, too
/// @param translator the buffer of the code that the guest's was translated to
/// @param program QEMU's own file and its libraries
/// @param rest heap, stacks, tables
record HostMemory(long own, long shared, long translator, long program, long rest) {
    /// A mapping's first line: addresses, permissions, offset, device, inode, path.
    private static final Pattern MAPPING =
            Pattern.compile("([0-9a-f]+)-([0-9a-f]+) (\\S{4}) \\S+ \\S+ \\S+\\s*(.*)");

    private static final Pattern FIELD = Pattern.compile("(\\w+):\\s+(\\d+) kB");

    /// @param mebibytes that the guest has
    static HostMemory ofProcess(long pid, int mebibytes) throws IOException {
        var smaps = Path.of("/proc", Long.toString(pid), "smaps");
        return of(Files.readAllLines(smaps), mebibytes);
    }

    /// @param smaps the lines of `/proc/PID/smaps`
    static HostMemory of(List<String> smaps, int mebibytes) {
        var sum = new HostMemory(0, 0, 0, 0, 0);
        var part = Part.REST;
        var pss = 0L;
        for (var line : smaps) {
            var mapping = MAPPING.matcher(line);
            var field = FIELD.matcher(line);
            if (mapping.matches()) {
                var size =
                        Long.parseUnsignedLong(mapping.group(2), 16)
                                - Long.parseUnsignedLong(mapping.group(1), 16);
                part = Part.of(size >> 20, mapping.group(3), mapping.group(4), mebibytes);
            } else if (field.matches() && field.group(1).equals("Pss")) {
                pss = Long.parseLong(field.group(2));
                sum = sum.plus(part, pss);
            } else if (field.matches() && field.group(1).equals("Anonymous")) {
                sum = sum.moved(part, Math.min(pss, Long.parseLong(field.group(2))));
            }
        }
        return sum;
    }

    /// What a mapping is for.
    private enum Part {
        GUEST,
        TRANSLATOR,
        PROGRAM,
        REST;

        static Part of(long mebibytes, String permissions, String path, int guest) {
            if (permissions.contains("w") && permissions.contains("x")) {
                return TRANSLATOR;
            }
            var isMemory = path.isEmpty() || path.startsWith("/memfd:");
            if (isMemory && permissions.startsWith("rw") && mebibytes >= guest) {
                return GUEST;
            }
            return path.startsWith("/") ? PROGRAM : REST;
        }
    }

    private HostMemory plus(Part part, long pss) {
        return switch (part) {
            case GUEST -> new HostMemory(own, shared + pss, translator, program, rest);
            case TRANSLATOR -> new HostMemory(own, shared, translator + pss, program, rest);
            case PROGRAM -> new HostMemory(own, shared, translator, program + pss, rest);
            case REST -> new HostMemory(own, shared, translator, program, rest + pss);
        };
    }

    /// Of the guest's, what is no file's is its own: a page written to, or one of no file at all.
    private HostMemory moved(Part part, long anonymous) {
        return part == Part.GUEST
                ? new HostMemory(own + anonymous, shared - anonymous, translator, program, rest)
                : this;
    }

    static HostMemory mean(List<HostMemory> all) {
        return new HostMemory(
                mean(all, HostMemory::own),
                mean(all, HostMemory::shared),
                mean(all, HostMemory::translator),
                mean(all, HostMemory::program),
                mean(all, HostMemory::rest));
    }

    private static long mean(List<HostMemory> all, ToLongFunction<HostMemory> part) {
        return Math.round(all.stream().mapToLong(part).average().orElseThrow());
    }

    /// All of it, in MB.
    double megabytes() {
        return megabytes(own + shared + translator + program + rest);
    }

    private static double megabytes(long kibibytes) {
        return kibibytes * 1024 / 1e6;
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "%.1f MB: guest's own %.1f, guest's shared %.1f, translated code %.1f, QEMU's files"
                        + " %.1f, its heap and the rest %.1f",
                megabytes(),
                megabytes(own),
                megabytes(shared),
                megabytes(translator),
                megabytes(program),
                megabytes(rest));
    }
}

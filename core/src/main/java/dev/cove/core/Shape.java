package dev.cove.core;

/// How big a VM is.
///
/// @param cpus 1 to 64
/// @param memory at least 64 MiB, in whole MiB
/// @param disk at least 64 MiB, in whole MiB, and at most 16 TiB, which is what an ext4 has blocks
///   for
public record Shape(int cpus, Bytes memory, Bytes disk) {
    public static final int MOST_CPUS = 64;

    private static final Bytes LEAST = Bytes.mebibytes(64);
    private static final Bytes LARGEST_DISK = Bytes.gibibytes(16 << 10);

    public Shape {
        if (cpus < 1 || cpus > MOST_CPUS) {
            throw CoveException.invalid(
                    "cpus has to be between 1 and " + MOST_CPUS + ", not " + cpus);
        }
        check("memory", memory);
        check("disk", disk);
        if (disk.compareTo(LARGEST_DISK) > 0) {
            throw CoveException.invalid("disk has to be at most " + LARGEST_DISK + ", not " + disk);
        }
    }

    private static void check(String what, Bytes size) {
        if (size.compareTo(LEAST) < 0 || size.count() % (1 << 20) != 0) {
            throw CoveException.invalid(
                    what + " has to be at least 64M, in whole MiB, not " + size);
        }
    }
}

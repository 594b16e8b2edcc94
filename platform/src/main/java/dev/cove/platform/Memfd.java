package dev.cove.platform;

import java.nio.file.Path;

/// Memory that has a descriptor and no name, and lives for as long as somebody has it open or
/// mapped (memfd_create(2)). Other processes may map it, and once it is sealed nobody can change it
/// any more, with whatever rights they have opened it.
public final class Memfd implements AutoCloseable {
    // O_RDWR, O_NOCTTY, O_NONBLOCK, O_CLOEXEC: whatever may be there instead is to do nothing.
    private static final int OPEN = 2 | 0400 | 04000 | 02000000;
    private static final int MFD_CLOEXEC = 1;
    private static final int MFD_ALLOW_SEALING = 2;
    private static final int F_ADD_SEALS = 1033;
    private static final int F_GET_SEALS = 1034;

    /// F_SEAL_SEAL, F_SEAL_SHRINK, F_SEAL_GROW, F_SEAL_WRITE.
    private static final int ALL_SEALS = 1 | 2 | 4 | 8;

    private final int descriptor;
    private boolean closed; // guarded by this

    private Memfd(int descriptor) {
        this.descriptor = descriptor;
    }

    /// @param name that `/proc` shows
    /// @param size in bytes, all of them zero and none of them taken yet
    public static Memfd create(String name, long size) {
        var made = new Memfd(Native.memfdCreate(name, MFD_CLOEXEC | MFD_ALLOW_SEALING));
        try {
            Native.ftruncate(made.descriptor, size);
            return made;
        } catch (SystemCallException e) {
            made.close();
            throw e;
        }
    }

    /// The same memory once more, by a path from `path` or `ofProcess`.
    ///
    /// @throws SystemCallException EINVAL when what is there is none
    public static Memfd open(Path path) {
        var opened = new Memfd(Native.open(path.toString(), OPEN));
        try {
            opened.seals();
            return opened;
        } catch (SystemCallException e) {
            opened.close();
            throw e;
        }
    }

    /// Where a process has its standard input.
    public static Path ofProcess(long pid) {
        return Path.of("/proc/" + pid + "/fd/0");
    }

    /// Where this process can open it, until it is closed.
    public Path path() {
        return Path.of("/proc/self/fd/" + descriptor);
    }

    /// How much of it takes memory, in bytes.
    public long taken() {
        var sum = new long[1];
        SparseFile.<RuntimeException>eachExtent(path(), (from, to) -> sum[0] += to - from);
        return sum[0];
    }

    /// Makes it what it is for good.
    ///
    /// @return false when somebody has mapped it for writing
    public boolean seal() {
        try {
            Native.fcntl(descriptor, F_ADD_SEALS, ALL_SEALS);
            return true;
        } catch (SystemCallException e) {
            if (e.errno() == Native.EBUSY) {
                return false;
            }
            throw e;
        }
    }

    public boolean isSealed() {
        return seals() == ALL_SEALS;
    }

    private int seals() {
        return Native.fcntl(descriptor, F_GET_SEALS, 0);
    }

    @Override
    public synchronized void close() {
        // A descriptor is used again at once: closing it twice would close somebody else's.
        if (!closed) {
            closed = true;
            Native.close(descriptor);
        }
    }
}

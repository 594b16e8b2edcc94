package dev.cove.platform;

import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;

/// What Java cannot do with a large file that is mostly holes: share its blocks, find its data.
public final class SparseFile {
    private static final int O_RDONLY = 0;
    private static final int O_RDWR = 2;
    private static final int O_CLOEXEC = 02000000;
    private static final long FICLONE = 0x40049409L;
    private static final int SEEK_DATA = 3;
    private static final int SEEK_HOLE = 4;

    private SparseFile() {}

    /// Gives an existing file the content of another one without copying: both share their blocks
    /// until one of them is written to (ioctl_ficlone(2)).
    ///
    /// @throws SystemCallException where the file system cannot (EOPNOTSUPP, EINVAL, EXDEV), or has
    ///   no room
    public static void share(Path from, Path to) {
        var source = Native.open(from.toString(), O_RDONLY | O_CLOEXEC);
        try {
            var target = Native.open(to.toString(), O_RDWR | O_CLOEXEC);
            try {
                Native.ioctl(target, FICLONE, source);
            } finally {
                Native.close(target);
            }
        } finally {
            Native.close(source);
        }
    }

    /// Visits the parts of a file that may hold something else than zeros, in order (lseek(2),
    /// SEEK_DATA). What is left out reads as zeros.
    public static <E extends Exception> void eachExtent(Path file, Visitor<E> visitor) throws E {
        var descriptor = Native.open(file.toString(), O_RDONLY | O_CLOEXEC);
        try {
            for (var from = data(descriptor, 0); from >= 0; ) {
                var to = Native.lseek(descriptor, from, SEEK_HOLE);
                visitor.visit(from, to);
                from = data(descriptor, to);
            }
        } finally {
            Native.close(descriptor);
        }
    }

    /// How many bytes of a file are no holes: what it would take if it shared nothing.
    public static long dataIn(Path file) {
        var sum = new AtomicLong();
        SparseFile.<RuntimeException>eachExtent(file, (from, to) -> sum.addAndGet(to - from));
        return sum.get();
    }

    /// @return -1 when there is only a hole up to the end
    private static long data(int descriptor, long from) {
        try {
            return Native.lseek(descriptor, from, SEEK_DATA);
        } catch (SystemCallException e) {
            if (e.errno() == Native.ENXIO) {
                return -1;
            }
            throw e;
        }
    }

    /// Is told of one extent.
    ///
    /// @param <E> what it may fail with
    @FunctionalInterface
    public interface Visitor<E extends Exception> {
        /// @param from the first byte
        /// @param to the byte behind the last one
        void visit(long from, long to) throws E;
    }
}

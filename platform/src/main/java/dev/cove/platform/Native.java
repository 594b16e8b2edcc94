package dev.cove.platform;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/// The calls into the C library that Java has no word for. A call holds its carrier thread, so none
/// of them may wait.
final class Native {
    static final int ESRCH = 3;
    static final int ENXIO = 6;
    static final int EBUSY = 16;

    // The same numbers on every architecture: they are younger than the unified table.
    private static final int SYS_PIDFD_SEND_SIGNAL = 424;
    private static final int SYS_PIDFD_OPEN = 434;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final MemoryLayout STATE = Linker.Option.captureStateLayout();
    private static final long ERRNO =
            STATE.byteOffset(MemoryLayout.PathElement.groupElement("errno"));

    private static final MethodHandle STRERROR =
            LINKER.downcallHandle(find("strerror"), FunctionDescriptor.of(ADDRESS, JAVA_INT));
    private static final MethodHandle SYSCALL =
            LINKER.downcallHandle(
                    find("syscall"),
                    FunctionDescriptor.of(
                            JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
                    Linker.Option.firstVariadicArg(1),
                    Linker.Option.captureCallState("errno"));
    private static final MethodHandle CLOSE =
            capturing("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    private static final MethodHandle OPEN =
            LINKER.downcallHandle(
                    find("open"),
                    FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT),
                    Linker.Option.firstVariadicArg(2),
                    Linker.Option.captureCallState("errno"));
    private static final MethodHandle FALLOCATE =
            capturing(
                    "fallocate",
                    FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG));
    private static final MethodHandle IOCTL =
            LINKER.downcallHandle(
                    find("ioctl"),
                    FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT),
                    Linker.Option.firstVariadicArg(2),
                    Linker.Option.captureCallState("errno"));
    private static final MethodHandle MEMFD_CREATE =
            capturing("memfd_create", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle FTRUNCATE =
            capturing("ftruncate", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG));
    private static final MethodHandle FCNTL =
            LINKER.downcallHandle(
                    find("fcntl"),
                    FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT),
                    Linker.Option.firstVariadicArg(2),
                    Linker.Option.captureCallState("errno"));
    private static final MethodHandle LSEEK =
            capturing("lseek", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT));
    private static final MethodHandle MMAP =
            capturing(
                    "mmap",
                    FunctionDescriptor.of(
                            ADDRESS, ADDRESS, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG));
    private static final MethodHandle MPROTECT =
            capturing("mprotect", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));
    private static final MethodHandle MUNMAP =
            capturing("munmap", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG));

    private static final MethodHandle SOCKET =
            capturing("socket", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
    private static final MethodHandle SENDTO =
            capturing(
                    "sendto",
                    FunctionDescriptor.of(
                            JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle UMASK =
            LINKER.downcallHandle(find("umask"), FunctionDescriptor.of(JAVA_INT, JAVA_INT));

    private Native() {}

    /// A call, given the place where the C library's errno is to be kept.
    private interface Call {
        long run(MemorySegment state) throws Throwable;
    }

    static int pidfdOpen(long pid) {
        return (int)
                checked(
                        "pidfd_open",
                        s -> (long) SYSCALL.invokeExact(s, (long) SYS_PIDFD_OPEN, pid, 0L, 0L, 0L));
    }

    static void pidfdSendSignal(int pidfd, int signal) {
        checked(
                "pidfd_send_signal",
                s ->
                        (long)
                                SYSCALL.invokeExact(
                                        s,
                                        (long) SYS_PIDFD_SEND_SIGNAL,
                                        (long) pidfd,
                                        (long) signal,
                                        0L,
                                        0L));
    }

    static int open(String path, int flags) {
        try (var arena = Arena.ofConfined()) {
            var text = arena.allocateFrom(path);
            return (int) checked("open", s -> (int) OPEN.invokeExact(s, text, flags));
        }
    }

    static void close(int descriptor) {
        checked("close", s -> (int) CLOSE.invokeExact(s, descriptor));
    }

    /// @return what it was; umask(2) never fails
    static int umask(int mask) {
        return (int) checked("umask", s -> (int) UMASK.invokeExact(mask));
    }

    static void fallocate(int descriptor, int mode, long offset, long length) {
        checked("fallocate", s -> (int) FALLOCATE.invokeExact(s, descriptor, mode, offset, length));
    }

    static void ioctl(int descriptor, long request, int argument) {
        checked("ioctl", s -> (int) IOCTL.invokeExact(s, descriptor, request, argument));
    }

    static int memfdCreate(String name, int flags) {
        try (var arena = Arena.ofConfined()) {
            var text = arena.allocateFrom(name);
            return (int)
                    checked("memfd_create", s -> (int) MEMFD_CREATE.invokeExact(s, text, flags));
        }
    }

    static void ftruncate(int descriptor, long length) {
        checked("ftruncate", s -> (int) FTRUNCATE.invokeExact(s, descriptor, length));
    }

    static int fcntl(int descriptor, int command, int argument) {
        return (int)
                checked("fcntl", s -> (int) FCNTL.invokeExact(s, descriptor, command, argument));
    }

    static long lseek(int descriptor, long offset, int whence) {
        return checked("lseek", s -> (long) LSEEK.invokeExact(s, descriptor, offset, whence));
    }

    static MemorySegment mmap(long length, int protection, int flags) {
        var address =
                checked(
                        "mmap",
                        s ->
                                ((MemorySegment)
                                                MMAP.invokeExact(
                                                        s,
                                                        MemorySegment.NULL,
                                                        length,
                                                        protection,
                                                        flags,
                                                        -1,
                                                        0L))
                                        .address());
        return MemorySegment.ofAddress(address).reinterpret(length);
    }

    static void mprotect(MemorySegment pages, int protection) {
        checked(
                "mprotect",
                s -> (int) MPROTECT.invokeExact(s, pages, pages.byteSize(), protection));
    }

    static void munmap(MemorySegment pages) {
        checked("munmap", s -> (int) MUNMAP.invokeExact(s, pages, pages.byteSize()));
    }

    static int socket(int family, int type) {
        return (int) checked("socket", s -> (int) SOCKET.invokeExact(s, family, type, 0));
    }

    /// Sends one datagram.
    static void sendTo(int socket, MemorySegment bytes, int flags, MemorySegment address) {
        checked(
                "sendto",
                s ->
                        (long)
                                SENDTO.invokeExact(
                                        s,
                                        socket,
                                        bytes,
                                        bytes.byteSize(),
                                        flags,
                                        address,
                                        (int) address.byteSize()));
    }

    /// Machine code that takes nothing and answers with a number.
    static MethodHandle code(MemorySegment entry) {
        return LINKER.downcallHandle(entry, FunctionDescriptor.of(JAVA_LONG));
    }

    static String describe(int errno) {
        try {
            var text = (MemorySegment) STRERROR.invokeExact(errno);
            return text.reinterpret(256).getString(0);
        } catch (Throwable e) {
            throw new IllegalStateException("strerror", e);
        }
    }

    private static long checked(String name, Call call) {
        try (var arena = Arena.ofConfined()) {
            var state = arena.allocate(STATE);
            var result = call.run(state);
            if (result == -1) {
                // Only after a failure: a call that succeeds leaves what was there.
                throw new SystemCallException(name, state.get(ValueLayout.JAVA_INT, ERRNO));
            }
            return result;
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(name, e);
        }
    }

    private static MethodHandle capturing(String name, FunctionDescriptor shape) {
        return LINKER.downcallHandle(find(name), shape, Linker.Option.captureCallState("errno"));
    }

    private static MemorySegment find(String name) {
        return LINKER.defaultLookup()
                .find(name)
                .orElseThrow(() -> new IllegalStateException("no " + name + " in the C library"));
    }
}

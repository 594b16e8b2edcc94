package dev.cove.network;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.util.HexFormat;
import java.util.Optional;

/// Something that frames go through, one for each read and write: a tap as its VMM holds it, or a
/// packet socket. Nothing waits. Belongs to one thread at a time.
final class Wire implements AutoCloseable {
    private static final int AF_PACKET = 17;
    private static final int SOCK_RAW = 3;
    private static final int O_RDWR = 2;
    private static final int NONBLOCK = 0x800;
    private static final long TUNSETIFF = 0x400454caL;
    private static final short IFF_TAP_WITHOUT_HEADER = 0x1002;
    private static final short ALL_FRAMES = 0x0300; // ETH_P_ALL in the network's order
    private static final int EIO = 5;
    private static final int EAGAIN = 11;
    private static final int LONGEST = 2048;

    private final Arena arena = Arena.ofShared();
    private final MemorySegment errno = arena.allocate(Native.STATE);
    private final MemorySegment buffer = arena.allocate(LONGEST);
    private final int file;

    private Wire(int file) {
        this.file = file;
    }

    /// Opens a tap that is there, as a VMM does. Call it inside the namespace of the tap.
    static Wire tap(String name) throws Throwable {
        try (var arena = Arena.ofConfined()) {
            var path = arena.allocateFrom("/dev/net/tun");
            var wire = new Wire((int) Native.OPEN.invokeExact(path, O_RDWR | NONBLOCK));
            var request = arena.allocate(40, 8);
            request.setString(0, name);
            request.set(ValueLayout.JAVA_SHORT, 16, IFF_TAP_WITHOUT_HEADER);
            var answer = (int) Native.IOCTL.invokeExact(wire.errno, wire.file, TUNSETIFF, request);
            if (answer != 0) {
                throw new IOException("cannot open " + name + ": errno " + wire.error());
            }
            return wire;
        }
    }

    /// Sees all frames that a link hands up. Call it inside the namespace of the link.
    static Wire sniffer(String link) throws Throwable {
        try (var arena = Arena.ofConfined()) {
            var wire = new Wire((int) Native.SOCKET.invokeExact(AF_PACKET, SOCK_RAW | NONBLOCK, 0));
            var address = arena.allocate(20, 4);
            address.set(ValueLayout.JAVA_SHORT, 0, (short) AF_PACKET);
            address.set(ValueLayout.JAVA_SHORT, 2, ALL_FRAMES);
            address.set(
                    ValueLayout.JAVA_INT,
                    4,
                    (int) Native.INDEX.invokeExact(arena.allocateFrom(link)));
            var answer = (int) Native.BIND.invokeExact(wire.errno, wire.file, address, 20);
            if (answer != 0) {
                throw new IOException("cannot listen on " + link + ": errno " + wire.error());
            }
            return wire;
        }
    }

    /// Whether the kernel took it; a tap that is off does not.
    boolean write(String frame) {
        var bytes = HexFormat.of().parseHex(frame);
        MemorySegment.copy(bytes, 0, buffer, ValueLayout.JAVA_BYTE, 0, bytes.length);
        try {
            var written = (long) Native.WRITE.invokeExact(errno, file, buffer, (long) bytes.length);
            if (written < 0 && error() != EIO) {
                throw new IllegalStateException("a write failed with errno " + error());
            }
            return written == bytes.length;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    /// The next frame that waits here.
    Optional<String> read() {
        try {
            var length = (long) Native.READ.invokeExact(errno, file, buffer, (long) LONGEST);
            if (length < 0 && error() != EAGAIN) {
                throw new IllegalStateException("a read failed with errno " + error());
            }
            return length < 0
                    ? Optional.empty()
                    : Optional.of(
                            HexFormat.of()
                                    .formatHex(
                                            buffer.asSlice(0, length)
                                                    .toArray(ValueLayout.JAVA_BYTE)));
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    private int error() {
        return (int) Native.ERRNO.get(errno, 0L);
    }

    @Override
    public void close() {
        try {
            var closed = (int) Native.CLOSE.invokeExact(file);
            if (closed != 0) {
                throw new IllegalStateException("a descriptor was closed twice");
            }
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        } finally {
            arena.close();
        }
    }

    private static final class Native {
        static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
        static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
        static final StructLayout STATE = Linker.Option.captureStateLayout();
        static final VarHandle ERRNO =
                STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
        static final MethodHandle OPEN = call("open", INT, ValueLayout.ADDRESS, INT);
        static final MethodHandle CLOSE = call("close", INT, INT);
        static final MethodHandle SOCKET = call("socket", INT, INT, INT, INT);
        static final MethodHandle INDEX = call("if_nametoindex", INT, ValueLayout.ADDRESS);
        static final MethodHandle BIND = checked("bind", INT, INT, ValueLayout.ADDRESS, INT);
        static final MethodHandle IOCTL = ioctl();
        static final MethodHandle READ = checked("read", LONG, INT, ValueLayout.ADDRESS, LONG);
        static final MethodHandle WRITE = checked("write", LONG, INT, ValueLayout.ADDRESS, LONG);

        private static MethodHandle ioctl() {
            // Its third argument is a variable one, which some ABIs pass in a way of its own.
            return Linker.nativeLinker()
                    .downcallHandle(
                            Linker.nativeLinker().defaultLookup().findOrThrow("ioctl"),
                            FunctionDescriptor.of(INT, INT, LONG, ValueLayout.ADDRESS),
                            Linker.Option.firstVariadicArg(2),
                            Linker.Option.captureCallState("errno"));
        }

        private static MethodHandle checked(
                String function, ValueLayout answer, ValueLayout... arguments) {
            return link(function, answer, arguments, Linker.Option.captureCallState("errno"));
        }

        private static MethodHandle call(
                String function, ValueLayout answer, ValueLayout... arguments) {
            return link(function, answer, arguments);
        }

        private static MethodHandle link(
                String function,
                ValueLayout answer,
                ValueLayout[] arguments,
                Linker.Option... options) {
            var linker = Linker.nativeLinker();
            return linker.downcallHandle(
                    linker.defaultLookup().findOrThrow(function),
                    FunctionDescriptor.of(answer, arguments),
                    options);
        }
    }
}

package dev.cove.cli;

import dev.cove.core.CoveException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.function.Predicate;

/// The terminal on standard input, through libc: raw while a guest has it, and always given back as
/// it was, when the process is ended by a signal, too. (A kill -9 is mended by `reset`.)
final class Terminal implements AutoCloseable {
    private static final int TIOCGWINSZ = 0x5413; // asm-generic/ioctls.h
    private static final int TCSADRAIN = 1; // bits/termios.h

    /// More than any libc's `struct termios`, which nobody here looks into.
    private static final int TERMIOS_BYTES = 256;

    private static final long LOOK_MILLIS = 250;

    /// What fits on it.
    record Size(int columns, int rows) {}

    private final Arena arena = Arena.ofShared();
    private final MethodHandle tcgetattr = call("tcgetattr", int.class, ValueLayout.JAVA_INT);
    private final MethodHandle tcsetattr =
            call("tcsetattr", int.class, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT);
    private final MethodHandle cfmakeraw = call("cfmakeraw", void.class);
    private final MethodHandle ioctl = ioctlCall();
    private final MemorySegment before = arena.allocate(TERMIOS_BYTES, 8);
    private final MemorySegment window = arena.allocate(8, 8);
    private final Thread hook = new Thread(this::restore, "terminal");
    private boolean raw;

    private Terminal() {}

    /// @throws CoveException UNAVAILABLE when standard input is no terminal after all
    static Terminal open() {
        var terminal = new Terminal();
        if (invoke(terminal.tcgetattr, 0, terminal.before) != 0) {
            throw CoveException.unavailable("standard input is no terminal; leave out -t");
        }
        return terminal;
    }

    /// Passes every key on as it is pressed.
    synchronized void makeRaw() {
        var settings = arena.allocate(TERMIOS_BYTES, 8).copyFrom(before);
        invoke(cfmakeraw, settings);
        Runtime.getRuntime().addShutdownHook(hook);
        raw = true;
        invoke(tcsetattr, 0, TCSADRAIN, settings);
    }

    Size size() {
        if (invoke(ioctl, 0, (long) TIOCGWINSZ, window) != 0) {
            return new Size(80, 24);
        }
        var rows = Short.toUnsignedInt(window.get(ValueLayout.JAVA_SHORT, 0));
        var columns = Short.toUnsignedInt(window.get(ValueLayout.JAVA_SHORT, 2));
        return rows == 0 || columns == 0 ? new Size(80, 24) : new Size(columns, rows);
    }

    /// Tells of each new size until the listener says that it wants no more. It looks, because Java
    /// hears no SIGWINCH.
    void onResize(Predicate<Size> listener) {
        Thread.ofPlatform().daemon().name("window").start(() -> watch(listener));
    }

    private void watch(Predicate<Size> listener) {
        var known = size();
        try {
            while (true) {
                Thread.sleep(LOOK_MILLIS);
                var now = size();
                if (!now.equals(known) && !listener.test(now)) {
                    return;
                }
                known = now;
            }
        } catch (InterruptedException e) {
            return;
        }
    }

    private synchronized void restore() {
        if (raw) {
            raw = false;
            invoke(tcsetattr, 0, TCSADRAIN, before);
        }
    }

    /// Gives the terminal back as it was. Its memory stays with the process: the thread that looks
    /// for new sizes may be using it.
    @Override
    public void close() {
        restore();
    }

    private static MethodHandle call(String name, Class<?> result, ValueLayout... first) {
        var linker = Linker.nativeLinker();
        var address = linker.defaultLookup().find(name).orElseThrow();
        var arguments = new java.lang.foreign.MemoryLayout[first.length + 1];
        System.arraycopy(first, 0, arguments, 0, first.length);
        arguments[first.length] = ValueLayout.ADDRESS;
        var descriptor =
                result == void.class
                        ? FunctionDescriptor.ofVoid(arguments)
                        : FunctionDescriptor.of(ValueLayout.JAVA_INT, arguments);
        return linker.downcallHandle(address, descriptor);
    }

    private static MethodHandle ioctlCall() {
        var linker = Linker.nativeLinker();
        return linker.downcallHandle(
                linker.defaultLookup().find("ioctl").orElseThrow(),
                FunctionDescriptor.of(
                        ValueLayout.JAVA_INT,
                        ValueLayout.JAVA_INT,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.ADDRESS),
                Linker.Option.firstVariadicArg(2));
    }

    private static int invoke(MethodHandle handle, Object... arguments) {
        try {
            return handle.invokeWithArguments(arguments) instanceof Integer code ? code : 0;
        } catch (Throwable e) {
            throw CoveException.internal("the C library cannot be called: " + e, e);
        }
    }
}

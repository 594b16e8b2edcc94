package dev.cove.network;

import dev.cove.platform.Command;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ThreadLocalRandom;

/// A network namespace of a test's own, deleted when it is closed. Sockets are made in it by
/// threads that enter it and end there.
final class Namespace implements AutoCloseable {
    private static final int AF_PACKET = 17;
    private static final int SOCK_RAW = 3;
    private static final int CLONE_NEWNET = 0x40000000;

    private final String name;

    private Namespace(String name) {
        this.name = name;
    }

    static Namespace make(String what) {
        var namespace =
                new Namespace(
                        "cvt-%s-%04x"
                                .formatted(what, ThreadLocalRandom.current().nextInt(1 << 16)));
        Place.here().run("", "ip", "netns", "add", namespace.name).orThrow();
        namespace.ip("link set lo up");
        return namespace;
    }

    /// Whether this process may make one.
    static boolean possible() {
        if (!"root".equals(System.getProperty("user.name"))) {
            return false;
        }
        try (var probe = make("probe")) {
            return !probe.run("nft", "list", "tables").err().contains("not permitted");
        } catch (RuntimeException e) {
            return false;
        }
    }

    String name() {
        return name;
    }

    Place place() {
        return Place.namespace(name);
    }

    Command.Result run(String... line) {
        return place().run("", line);
    }

    /// Runs `ip` with words that hold no spaces.
    String ip(String words) {
        return run(("ip " + words).split(" ", -1)).orThrow();
    }

    /// Listens on a port of every address here, and answers nothing.
    ServerSocket listen(int port) {
        return call(() -> new ServerSocket(port, 50, Inet4Address.getByName("0.0.0.0")));
    }

    /// Whether something there answers a connection.
    boolean connects(String address, int port, int millis) {
        return call(() -> {
            try (var socket = new Socket()) {
                socket.connect(new InetSocketAddress(address, port), millis);
                return true;
            } catch (IOException e) {
                return false;
            }
        });
    }

    /// Takes datagrams on a port of every address here.
    DatagramSocket receive(int port) {
        return call(() -> new DatagramSocket(port, Inet4Address.getByName("0.0.0.0")));
    }

    /// Who sent the next datagram.
    static String nextSender(DatagramSocket socket, Duration limit) {
        try {
            socket.setSoTimeout((int) limit.toMillis());
            var packet = new DatagramPacket(new byte[64], 64);
            socket.receive(packet);
            return packet.getAddress().getHostAddress();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Sends a datagram.
    void tell(String address, int port) {
        call(() -> {
            try (var socket = new DatagramSocket()) {
                var to = new InetSocketAddress(address, port);
                socket.send(new DatagramPacket(new byte[4], 4, to));
                return true;
            }
        });
    }

    boolean pings(String address) {
        return run("ping", "-n", "-q", "-c", "1", "-W", "1", address).exit() == 0;
    }

    /// Puts frames on a link, byte by byte as they are.
    void send(String link, List<String> frames) {
        call(() -> {
            try (var arena = Arena.ofConfined()) {
                var socket = (int) Native.SOCKET.invokeExact(AF_PACKET, SOCK_RAW, 0);
                var index = (int) Native.INDEX.invokeExact(arena.allocateFrom(link));
                var to = arena.allocate(20, 4);
                to.set(ValueLayout.JAVA_SHORT, 0, (short) AF_PACKET);
                to.set(ValueLayout.JAVA_INT, 4, index);
                for (var frame : frames) {
                    var bytes = HexFormat.of().parseHex(frame.replace(" ", ""));
                    var buffer = arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes);
                    var sent =
                            (long)
                                    Native.SENDTO.invokeExact(
                                            socket, buffer, (long) bytes.length, 0, to, 20);
                    if (sent != bytes.length) {
                        throw new IOException("not sent: " + frame);
                    }
                }
                return (int) Native.CLOSE.invokeExact(socket);
            }
        });
    }

    /// Holds a tap of here as a VMM does.
    Wire hold(String tap) {
        return call(() -> Wire.tap(tap));
    }

    /// Sees the frames that a link of here hands up.
    Wire sniff(String link) {
        return call(() -> Wire.sniffer(link));
    }

    /// How many frames a link has received.
    long received(String link) {
        return Long.parseLong(
                run("cat", "/sys/class/net/" + link + "/statistics/rx_packets").orThrow().strip());
    }

    private <T> T call(Task<T> task) {
        var result = new FutureTask<T>(() -> inside(task));
        Thread.ofPlatform().start(result);
        try {
            return result.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
    }

    private <T> T inside(Task<T> task) throws IOException {
        try {
            enter();
            return task.run();
        } catch (Throwable e) {
            throw new IOException("in namespace " + name, e);
        }
    }

    private void enter() throws Throwable {
        try (var arena = Arena.ofConfined()) {
            var path = arena.allocateFrom("/run/netns/" + name);
            var file = (int) Native.OPEN.invokeExact(path, 0);
            var entered = (int) Native.SETNS.invokeExact(file, CLONE_NEWNET);
            var closed = (int) Native.CLOSE.invokeExact(file);
            if (entered != 0 || closed != 0) {
                throw new IOException("cannot enter " + name);
            }
        }
    }

    @Override
    public void close() {
        Place.here().run("", "ip", "netns", "delete", name).orThrow();
    }

    private interface Task<T> {
        // What calls native code can throw anything, says its type.
        T run() throws Throwable;
    }

    private static final class Native {
        static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
        static final MethodHandle OPEN = call("open", INT, ValueLayout.ADDRESS, INT);
        static final MethodHandle SETNS = call("setns", INT, INT, INT);
        static final MethodHandle CLOSE = call("close", INT, INT);
        static final MethodHandle SOCKET = call("socket", INT, INT, INT, INT);
        static final MethodHandle INDEX = call("if_nametoindex", INT, ValueLayout.ADDRESS);
        static final MethodHandle SENDTO =
                call(
                        "sendto",
                        ValueLayout.JAVA_LONG,
                        INT,
                        ValueLayout.ADDRESS,
                        ValueLayout.JAVA_LONG,
                        INT,
                        ValueLayout.ADDRESS,
                        INT);

        private static MethodHandle call(
                String function, ValueLayout answer, ValueLayout... arguments) {
            var linker = Linker.nativeLinker();
            return linker.downcallHandle(
                    linker.defaultLookup().findOrThrow(function),
                    FunctionDescriptor.of(answer, arguments));
        }
    }
}

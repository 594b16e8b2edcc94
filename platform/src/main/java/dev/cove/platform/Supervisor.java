package dev.cove.platform;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;

/// Whoever started this process as a service and waits to hear that it works (sd_notify(3)).
///
/// @param socket the path of its socket, with `@` in front for one without a file; empty when
///   nobody waits
public record Supervisor(Optional<String> socket) {
    private static final String VARIABLE = "NOTIFY_SOCKET";
    private static final byte[] READY = "READY=1".getBytes(StandardCharsets.US_ASCII);
    private static final short AF_UNIX = 1;
    private static final int SOCK_DGRAM = 2;
    private static final int SOCK_CLOEXEC = 0x80000;
    private static final int MSG_DONTWAIT = 0x40;

    /// The one that the environment names.
    public static Supervisor of(Map<String, String> environment) {
        // Anything but a unix socket is from a manager outside of this machine.
        var named = Optional.ofNullable(environment.get(VARIABLE));
        return new Supervisor(named.filter(n -> n.startsWith("/") || n.startsWith("@")));
    }

    /// Tells it, if there is one, that from now on requests are answered.
    ///
    /// @throws SystemCallException when it does not listen, or too many wait to be heard
    public void ready() {
        socket.ifPresent(Supervisor::tell);
    }

    private static void tell(String socket) {
        var descriptor = Native.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC);
        try (var arena = Arena.ofConfined()) {
            var words = arena.allocateFrom(ValueLayout.JAVA_BYTE, READY);
            Native.sendTo(descriptor, words, MSG_DONTWAIT, address(arena, socket));
        } finally {
            Native.close(descriptor);
        }
    }

    /// A sockaddr_un (unix(7)): the family, then the path, its first byte a zero where it has no
    /// file.
    static MemorySegment address(Arena arena, String socket) {
        var path = socket.getBytes(StandardCharsets.UTF_8);
        if (path[0] == '@') {
            path[0] = 0;
        }
        var address = arena.allocate(Short.BYTES + path.length, Short.BYTES);
        address.set(ValueLayout.JAVA_SHORT, 0, AF_UNIX);
        MemorySegment.copy(path, 0, address, ValueLayout.JAVA_BYTE, Short.BYTES, path.length);
        return address;
    }
}

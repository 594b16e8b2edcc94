package dev.cove.platform;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import jdk.net.ExtendedSocketOptions;

/// Connections over unix sockets with another user's program.
public final class UnixSocket {
    private UnixSocket() {}

    /// Somebody listens, and so many wait for them already that nobody else may. It passes.
    public static final class Crowded extends IOException {
        private static final long serialVersionUID = 1L;

        public Crowded(Path path) {
            super(path + ": too many wait to be answered");
        }
    }

    /// Connects, and makes sure who is at the other end: the path alone may be a link that leads to
    /// a socket of somebody else's.
    ///
    /// @param user the id of the user whose process has to be listening
    /// @throws Crowded when too many wait already
    /// @throws IOException when nobody listens, or it is another user's
    public static SocketChannel connect(Path path, int user) throws IOException {
        var channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            // Where others wait in line, a blocking connect would wait without end.
            channel.configureBlocking(false);
            if (!channel.connect(UnixDomainSocketAddress.of(path))) {
                throw new Crowded(path);
            }
            channel.configureBlocking(true);
            verify(channel, path, user);
            return channel;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /// Listens on a path where nothing is. Who may connect is for the caller to say, by the rights
    /// of the path and its folder.
    public static ServerSocketChannel listen(Path path) throws IOException {
        var server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            return server.bind(UnixDomainSocketAddress.of(path));
        } catch (IOException | RuntimeException e) {
            server.close();
            throw e;
        }
    }

    /// Waits for the first who connects; closing the listener ends that.
    ///
    /// @param path that is listened on
    /// @param user the id of the user whose process it has to be
    /// @throws IOException when it is another user's
    public static SocketChannel accept(ServerSocketChannel server, Path path, int user)
            throws IOException {
        var channel = server.accept();
        try {
            verify(channel, path, user);
            return channel;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private static void verify(SocketChannel channel, Path path, int user) throws IOException {
        var peer = channel.getOption(ExtendedSocketOptions.SO_PEERCRED).user();
        var expected =
                FileSystems.getDefault()
                        .getUserPrincipalLookupService()
                        .lookupPrincipalByName(String.valueOf(user));
        if (!peer.equals(expected)) {
            throw new IOException(
                    "at the other end of " + path + " is user " + peer + " and not user " + user);
        }
    }
}

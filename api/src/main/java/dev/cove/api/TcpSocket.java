package dev.cove.api;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.StandardSocketOptions;
import jdk.net.ExtendedSocketOptions;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/// The API's TCP socket. The kernel asks silent clients now and then whether they are still there
/// (tcp(7), SO_KEEPALIVE), so that one whose machine vanished without a word is noticed, within two
/// minutes, even where Cove has nothing to tell it.
final class TcpSocket extends ServerConnector {
    private static final int IDLE_SECONDS = 60;
    private static final int EVERY_SECONDS = 15;
    private static final int PROBES = 4;

    TcpSocket(Server server, ConnectionFactory... protocols) {
        super(server, 1, 1, protocols);
    }

    @Override
    protected void configure(Socket socket) {
        super.configure(socket);
        try {
            socket.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
            socket.setOption(ExtendedSocketOptions.TCP_KEEPIDLE, IDLE_SECONDS);
            socket.setOption(ExtendedSocketOptions.TCP_KEEPINTERVAL, EVERY_SECONDS);
            socket.setOption(ExtendedSocketOptions.TCP_KEEPCOUNT, PROBES);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

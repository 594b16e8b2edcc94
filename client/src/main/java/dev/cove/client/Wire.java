package dev.cove.client;

import dev.cove.core.CoveException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;

/// An open connection to the daemon. Closing it ends reads and writes of other threads.
///
/// @param in buffered
record Wire(InputStream in, OutputStream out, AutoCloseable socket) implements AutoCloseable {
    private static final int CONNECT_MILLIS = 10_000;

    /// @throws CoveException UNAVAILABLE when nobody listens there, with how to start the daemon
    static Wire open(Endpoint endpoint) {
        try {
            return switch (endpoint) {
                case Endpoint.Unix u -> unix(u);
                case Endpoint.Tcp t -> tcp(t);
            };
        } catch (IOException e) {
            throw unreachable(endpoint, e);
        }
    }

    private static Wire unix(Endpoint.Unix endpoint) throws IOException {
        var channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            channel.connect(UnixDomainSocketAddress.of(endpoint.path()));
            return of(Channels.newInputStream(channel), Channels.newOutputStream(channel), channel);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    private static Wire tcp(Endpoint.Tcp endpoint) throws IOException {
        var plain = new Socket();
        try {
            plain.setTcpNoDelay(true);
            plain.connect(new InetSocketAddress(endpoint.host(), endpoint.port()), CONNECT_MILLIS);
            var socket = endpoint.tls() ? tls(plain, endpoint) : plain;
            return of(socket.getInputStream(), socket.getOutputStream(), socket);
        } catch (IOException e) {
            plain.close();
            throw e;
        }
    }

    private static SSLSocket tls(Socket plain, Endpoint.Tcp endpoint) throws IOException {
        var factory = Authorities.sockets(endpoint.authorities());
        var socket =
                (SSLSocket) factory.createSocket(plain, endpoint.host(), endpoint.port(), true);
        var parameters = socket.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        socket.setSSLParameters(parameters);
        plain.setSoTimeout(CONNECT_MILLIS);
        socket.startHandshake();
        plain.setSoTimeout(0);
        return socket;
    }

    private static Wire of(InputStream in, OutputStream out, AutoCloseable socket) {
        return new Wire(new BufferedInputStream(in, 16 << 10), out, socket);
    }

    private static CoveException unreachable(Endpoint endpoint, IOException e) {
        var remedy =
                switch (endpoint) {
                    case Endpoint.Unix u -> remedy(u, e);
                    case Endpoint.Tcp t -> remedy(t, e);
                };
        var cause = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        return CoveException.unavailable(
                "no daemon answers at " + endpoint + " (" + cause + "); " + remedy, e);
    }

    private static String remedy(Endpoint.Tcp endpoint, IOException e) {
        if (e instanceof SSLException) {
            return "is its certificate for that name, and by an authority that this machine trusts?"
                    + " For one of your own set COVE_CACERT to its certificate, a PEM file";
        }
        return "start the daemon there with: cove daemon --listen " + endpoint.authority();
    }

    private static String remedy(Endpoint.Unix endpoint, IOException e) {
        if (String.valueOf(e.getMessage()).contains("Permission denied")) {
            return "you may not use this socket: run as root, or join the group that owns "
                    + endpoint.path();
        }
        return "start the daemon with: sudo cove daemon, or set COVE_HOST to where it listens";
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (Exception e) {
            throw CoveException.unavailable("the connection could not be closed", e);
        }
    }
}

package dev.cove.client;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/// Bytes both ways: a guest's port or its console (docs/api.md, "Tunnels").
public final class Tunnel implements AutoCloseable {
    private final WebSocket socket;
    private final InputStream in;

    Tunnel(WebSocket socket) {
        this.socket = socket;
        this.in = new Received(socket);
    }

    /// What comes from the guest, to its end. A failure that the daemon tells of is thrown as a
    /// `CoveException`.
    public InputStream in() {
        return in;
    }

    /// What goes to the guest. Closing it says that no more comes and leaves the way back open.
    public OutputStream out() {
        return new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                write(new byte[] {(byte) b}, 0, 1);
            }

            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                socket.send(bytes, offset, length);
            }

            @Override
            public void close() throws IOException {
                socket.send("{\"eof\":true}");
            }
        };
    }

    @Override
    public void close() {
        socket.close();
    }

    private static final class Received extends BlockInput {
        private final WebSocket socket;
        private byte[] rest = new byte[0];
        private int at;
        private boolean ended;

        Received(WebSocket socket) {
            this.socket = socket;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            while (length > 0 && at == rest.length && !ended) {
                take(socket.receive());
            }
            if (length > 0 && ended) {
                return -1;
            }
            var count = Math.min(length, rest.length - at);
            System.arraycopy(rest, at, bytes, offset, count);
            at += count;
            return count;
        }

        private void take(WebSocket.Message message) throws IOException {
            switch (message) {
                case WebSocket.Message.Binary b -> {
                    rest = b.bytes().array();
                    at = 0;
                }
                case WebSocket.Message.Text t -> {
                    var json = Json.parse(t.text());
                    if (!json.at("eof").flag()) {
                        throw Streams.failure(json);
                    }
                    ended = true;
                }
                case WebSocket.Message.Closed c -> {
                    if (c.code() != 1000 && c.code() != 1005) {
                        throw new IOException("the tunnel broke: " + c.reason());
                    }
                    ended = true;
                }
            }
        }
    }
}

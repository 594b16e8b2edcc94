package dev.cove.client;

import dev.cove.core.CoveException;
import dev.cove.core.Printable;
import java.io.IOException;
import java.io.OutputStream;

/// A command that runs in a guest, over a WebSocket (docs/api.md, "Running commands"). One thread
/// calls `run`, another one may feed standard input meanwhile.
public final class ExecSession implements AutoCloseable {
    private static final int STDOUT = 1;
    private static final int STDERR = 2;

    /// A client's message is at most 65,536 bytes with the number of its stream.
    private static final int MOST_INPUT = 32 << 10;

    private final WebSocket socket;

    ExecSession(WebSocket socket) {
        this.socket = socket;
    }

    /// Copies the command's output until it ends.
    ///
    /// @return its exit code, 128 + n for signal n
    /// @throws CoveException when Cove fails, or the connection breaks
    public int run(OutputStream stdout, OutputStream stderr) {
        try {
            while (true) {
                switch (socket.receive()) {
                    case WebSocket.Message.Binary b -> copy(b.bytes().array(), stdout, stderr);
                    case WebSocket.Message.Text t -> {
                        var json = Json.parse(t.text());
                        var exit = json.at("exit").number(-1);
                        if (exit >= 0) {
                            return (int) Math.min(exit, 255);
                        }
                        throw Streams.failure(json);
                    }
                    case WebSocket.Message.Closed c ->
                            throw CoveException.unavailable(
                                    "the command's connection ended before the command did: "
                                            + Printable.of(c.reason(), 200));
                }
            }
        } catch (IOException e) {
            throw CoveException.unavailable(
                    "the command's streams broke off: " + e.getMessage(), e);
        }
    }

    private static void copy(byte[] bytes, OutputStream stdout, OutputStream stderr)
            throws IOException {
        if (bytes.length == 0) {
            throw new IOException("a message without the number of its stream");
        }
        var to =
                switch (bytes[0]) {
                    case STDOUT -> stdout;
                    case STDERR -> stderr;
                    default -> throw new IOException("a stream of unknown number " + bytes[0]);
                };
        to.write(bytes, 1, bytes.length - 1);
        to.flush();
    }

    /// Sends bytes to the command's standard input.
    ///
    /// @throws IOException when it is gone
    public void input(byte[] bytes, int offset, int length) throws IOException {
        for (var at = 0; at < length; at += MOST_INPUT) {
            var count = Math.min(MOST_INPUT, length - at);
            var message = new byte[count + 1];
            System.arraycopy(bytes, offset + at, message, 1, count);
            socket.send(message, 0, message.length);
        }
    }

    /// Ends the command's standard input.
    ///
    /// @throws IOException when it is gone
    public void endInput() throws IOException {
        socket.send("{\"eof\":true}");
    }

    /// Tells the guest of the terminal's new size.
    ///
    /// @throws IOException when it is gone
    public void resize(int columns, int rows) throws IOException {
        var size = Json.fields().put("columns", columns).put("rows", rows).build();
        socket.send(Json.fields().put("resize", size).build().toString());
    }

    /// Ends the session; the command's, too, if it still runs.
    @Override
    public void close() {
        socket.close();
    }
}

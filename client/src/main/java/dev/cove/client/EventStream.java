package dev.cove.client;

import dev.cove.core.CoveException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/// Events as they happen (`text/event-stream`, WHATWG HTML 9.2). Closing it from another thread
/// ends a waiting `next`.
public final class EventStream implements AutoCloseable {
    private static final int LONGEST_LINE = 1 << 20;

    private final Response response;
    private final InputStream in;
    private volatile boolean closed;

    EventStream(Response response) {
        this.response = response;
        this.in = response.body();
    }

    /// @param id what `events` can resume after
    /// @param data a JSON document, see `core`'s `Event`
    public record Happening(String id, String type, Json data) {}

    /// Waits for the next event.
    ///
    /// @return nothing when the stream has ended
    /// @throws CoveException UNAVAILABLE when the connection broke
    public Optional<Happening> next() {
        try {
            return read();
        } catch (IOException e) {
            if (closed) {
                return Optional.empty();
            }
            throw CoveException.unavailable("the stream of events broke off", e);
        }
    }

    private Optional<Happening> read() throws IOException {
        var id = "";
        var type = "message";
        var data = new StringBuilder();
        while (true) {
            var line = readLine();
            if (line.isEmpty()) {
                return Optional.empty();
            }
            var text = line.get();
            if (text.isEmpty()) {
                if (!data.isEmpty()) {
                    return Optional.of(new Happening(id, type, Json.parse(data.toString())));
                }
                continue;
            }
            var colon = text.indexOf(':');
            var field = colon < 0 ? text : text.substring(0, colon);
            var value = colon < 0 ? "" : text.substring(colon + 1).replaceFirst("^ ", "");
            switch (field) {
                case "id" -> id = value;
                case "event" -> type = value;
                case "data" -> data.append(data.isEmpty() ? "" : "\n").append(value);
                default -> {} // comments keep the connection alive
            }
            if (data.length() > LONGEST_LINE) {
                throw new IOException("an event without end");
            }
        }
    }

    private Optional<String> readLine() throws IOException {
        var bytes = new java.io.ByteArrayOutputStream();
        while (true) {
            var b = in.read();
            if (b < 0) {
                return Optional.empty();
            }
            if (b == '\n') {
                return Optional.of(bytes.toString(StandardCharsets.UTF_8).replaceFirst("\r$", ""));
            }
            if (bytes.size() >= LONGEST_LINE) {
                throw new IOException("a line without end");
            }
            bytes.write(b);
        }
    }

    @Override
    public void close() {
        closed = true;
        response.close();
    }
}

package dev.cove.client;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;

/// One request.
///
/// @param path with its query, percent-encoded already
/// @param body what is sent along
/// @param limit how long until the head of the answer is there, and its body if it is read whole
record Request(String method, String path, Optional<Body> body, Duration limit) {
    private static final Duration USUAL_LIMIT = Duration.ofSeconds(60);

    static Request of(String method, String path) {
        return new Request(method, path, Optional.empty(), USUAL_LIMIT);
    }

    static Request of(String method, String path, Json json) {
        var bytes = json.toString().getBytes(StandardCharsets.UTF_8);
        return new Request(
                method,
                path,
                Optional.of(new Body("application/json", bytes.length, out -> out.write(bytes))),
                USUAL_LIMIT);
    }

    Request within(Duration newLimit) {
        return new Request(method, path, body, newLimit);
    }

    Request sending(Body newBody) {
        return new Request(method, path, Optional.of(newBody), limit);
    }

    /// @param length in bytes; negative when it is not known, and the body goes in chunks
    record Body(String type, long length, Writer writer) {}

    /// Writes a body.
    interface Writer {
        void writeTo(OutputStream out) throws IOException;
    }
}

package dev.cove.client;

import dev.cove.core.CoveException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/// An answer whose body is still to be read. Whoever has it closes it.
///
/// @param headers by their names in lower case
/// @param body exactly the body, whichever way it is framed; throws when it is cut short
record Response(int status, Map<String, String> headers, InputStream body, Wire wire)
        implements AutoCloseable {
    private static final int MOST_TEXT = 32 << 20;

    /// The whole body as text.
    ///
    /// @throws CoveException UNAVAILABLE when it is cut short or larger than 32 MiB
    String text() {
        try {
            var bytes = body.readNBytes(MOST_TEXT + 1);
            if (bytes.length > MOST_TEXT) {
                throw CoveException.unavailable("the daemon's answer is larger than 32 MiB");
            }
            return new String(bytes, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw CoveException.unavailable("the daemon's answer broke off: " + e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        wire.close();
    }
}

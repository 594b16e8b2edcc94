package dev.cove.guest;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Objects;

/// The programs by which a guest boots and obeys. They are not the image's: an image that an
/// earlier Cove built boots by those of today.
final class Agent {
    /// Until a guest that was frozen thaws by itself.
    private static final Duration FROZEN_AT_MOST = Duration.ofSeconds(30);

    private static final byte[] INIT = resource("init");
    private static final byte[] AGENT = resource("agent");
    private static final byte[] CALLS = CallsProgram.file();
    private static final byte[] THAW = new Calls().pause(FROZEN_AT_MOST).thaw().end();

    private Agent() {}

    static Cpio addTo(Cpio archive) {
        return archive.file("init", 0755, INIT)
                .folder("cove", 0700)
                .file("cove/agent", 0700, AGENT)
                .file("cove/calls", 0700, CALLS)
                .file("cove/thaw", 0600, THAW);
    }

    private static byte[] resource(String name) {
        try (var in = Objects.requireNonNull(Agent.class.getResourceAsStream(name), name)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

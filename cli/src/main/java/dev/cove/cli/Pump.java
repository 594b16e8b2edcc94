package dev.cove.cli;

import dev.cove.client.Tunnel;
import dev.cove.core.CoveException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/// Joins a tunnel with this command's streams.
final class Pump {
    private Pump() {}

    /// Copies both ways until the guest's side has ended. What comes from here is copied on a
    /// thread that ends with the process: reading standard input cannot be interrupted.
    ///
    /// @throws CoveException when the tunnel breaks
    static void join(Tunnel tunnel, InputStream in, OutputStream out) throws IOException {
        Thread.ofPlatform()
                .daemon()
                .name("stdin")
                .start(() -> {
                    try (var to = tunnel.out()) {
                        copy(in, to);
                    } catch (IOException e) {
                        // The guest's side has ended first; the other direction says so.
                        return;
                    }
                });
        copy(tunnel.in(), out);
    }

    private static void copy(InputStream from, OutputStream to) throws IOException {
        var block = new byte[32 << 10];
        for (var n = from.read(block); n >= 0; n = from.read(block)) {
            to.write(block, 0, n);
            to.flush();
        }
    }
}

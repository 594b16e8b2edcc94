package dev.cove.vmm.qemu;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// The lines that come over a channel, none longer than agreed.
final class Lines {
    private final ReadableByteChannel channel;
    private final int longest;
    private final ByteBuffer read = ByteBuffer.allocate(16 << 10).flip();
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();

    Lines(ReadableByteChannel channel, int longest) {
        this.channel = channel;
        this.longest = longest;
    }

    /// @return the next line without its end, or null at the end; half a line is none
    /// @throws IOException also when a line is too long
    @Nullable String next() throws IOException {
        while (true) {
            while (read.hasRemaining()) {
                var octet = read.get();
                if (octet == '\n') {
                    var text = line.toString(StandardCharsets.UTF_8);
                    line.reset();
                    return text;
                }
                if (line.size() == longest) {
                    throw new IOException("a line of more than " + longest + " bytes");
                }
                line.write(octet);
            }
            read.clear();
            var count = channel.read(read);
            read.flip();
            if (count < 0) {
                return null;
            }
        }
    }
}

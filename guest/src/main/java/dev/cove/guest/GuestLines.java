package dev.cove.guest;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// What a guest says, line by line, until it has said too much: it may send what it likes, for
/// ever.
final class GuestLines {
    private static final int MOST = 1 << 16;

    private final ReadableByteChannel channel;
    private final ByteBuffer said = ByteBuffer.allocate(MOST);
    private int from;
    private int looked;

    GuestLines(ReadableByteChannel channel) {
        this.channel = channel;
    }

    /// @return the next line without its end; null when too much was said in all
    /// @throws EOFException when the channel has ended
    @Nullable String next() throws IOException {
        while (true) {
            for (; looked < said.position(); looked++) {
                if (said.get(looked) == '\n') {
                    var line = text(from, looked);
                    from = ++looked;
                    return line;
                }
            }
            if (!said.hasRemaining()) {
                return null;
            }
            if (channel.read(said) < 0) {
                throw new EOFException();
            }
        }
    }

    /// So many bytes as they come.
    ///
    /// @throws EOFException when too much was said in all, or the channel has ended
    byte[] bytes(int count) throws IOException {
        while (said.position() - from < count) {
            if (!said.hasRemaining() || channel.read(said) < 0) {
                throw new EOFException();
            }
        }
        var bytes = new byte[count];
        said.get(from, bytes);
        from += count;
        looked = from;
        return bytes;
    }

    private String text(int start, int end) {
        var line = new byte[end - start];
        said.get(start, line);
        return new String(line, StandardCharsets.ISO_8859_1);
    }
}

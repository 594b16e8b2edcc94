package dev.cove.client;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/// How HTTP/1.1 messages begin and end (RFC 9112): the head, content-length, chunks.
final class Framing {
    private static final int MOST_HEAD = 64 << 10;
    private static final byte[] CRLF = {'\r', '\n'};

    private Framing() {}

    /// The status line and the headers of an answer; interim answers (1xx but 101) are skipped.
    static Head readHead(InputStream in) throws IOException {
        var budget = new int[] {MOST_HEAD};
        while (true) {
            var status = status(readLine(in, budget));
            var headers = headers(in, budget);
            if (status >= 200 || status == 101) {
                return new Head(status, headers);
            }
        }
    }

    private static int status(String line) throws IOException {
        if (!line.startsWith("HTTP/1.") || line.length() < 12 || line.charAt(8) != ' ') {
            throw new IOException("this is not HTTP");
        }
        try {
            var status = Integer.parseInt(line, 9, 12, 10);
            if (status < 100) {
                throw new IOException("this is not HTTP");
            }
            return status;
        } catch (NumberFormatException e) {
            throw new IOException("this is not HTTP", e);
        }
    }

    private static Map<String, String> headers(InputStream in, int[] budget) throws IOException {
        var headers = new LinkedHashMap<String, String>();
        for (var line = readLine(in, budget); !line.isEmpty(); line = readLine(in, budget)) {
            var colon = line.indexOf(':');
            if (colon < 1 || line.charAt(0) <= ' ') {
                throw new IOException("a malformed header");
            }
            var name = line.substring(0, colon).toLowerCase(Locale.ROOT);
            var earlier = headers.put(name, line.substring(colon + 1).strip());
            if (earlier != null && name.equals("content-length")) {
                throw new IOException("two lengths");
            }
        }
        return headers;
    }

    /// A line without its end. What is read counts against the budget of the whole head.
    private static String readLine(InputStream in, int[] budget) throws IOException {
        var line = new StringBuilder();
        while (true) {
            var b = in.read();
            if (b < 0) {
                throw new EOFException("it ended within its head");
            }
            if (--budget[0] < 0) {
                throw new IOException("its head is larger than " + MOST_HEAD + " bytes");
            }
            if (b == '\n') {
                var end = line.length();
                return end > 0 && line.charAt(end - 1) == '\r'
                        ? line.substring(0, end - 1)
                        : line.toString();
            }
            line.append((char) b);
        }
    }

    static InputStream body(String method, Head head, InputStream in) throws IOException {
        if (method.equals("HEAD") || head.status() == 204 || head.status() == 304) {
            return InputStream.nullInputStream();
        }
        var encoding = head.headers().get("transfer-encoding");
        if (encoding != null) {
            if (!encoding.equalsIgnoreCase("chunked")) {
                throw new IOException("an unknown transfer encoding");
            }
            return new Chunks(in);
        }
        var length = head.headers().get("content-length");
        return length == null ? in : new Counted(in, parseLength(length));
    }

    private static long parseLength(String text) throws IOException {
        try {
            var length = Long.parseUnsignedLong(text);
            if (length >= 0) {
                return length;
            }
        } catch (NumberFormatException e) {
            throw new IOException("a malformed length", e);
        }
        throw new IOException("a malformed length");
    }

    record Head(int status, Map<String, String> headers) {}

    /// A body of known length.
    private static final class Counted extends BlockInput {
        private final InputStream in;
        private long left;

        Counted(InputStream in, long length) {
            this.in = in;
            left = length;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            if (left == 0) {
                return -1;
            }
            var count = in.read(bytes, offset, (int) Math.min(length, left));
            if (count < 0) {
                throw new EOFException(left + " bytes are missing");
            }
            left -= count;
            return count;
        }
    }

    /// A body in chunks; trailers are read and dropped.
    private static final class Chunks extends BlockInput {
        private final InputStream in;
        private long left;
        private boolean first = true;
        private boolean ended;

        Chunks(InputStream in) {
            this.in = in;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            if (length > 0 && left == 0 && !ended) {
                nextChunk();
            }
            if (ended) {
                return -1;
            }
            var count = in.read(bytes, offset, (int) Math.min(length, left));
            if (count < 0) {
                throw new EOFException("it ended within a chunk");
            }
            left -= count;
            return count;
        }

        private void nextChunk() throws IOException {
            var budget = new int[] {4096};
            if (!first && !readLine(in, budget).isEmpty()) {
                throw new IOException("a malformed chunk");
            }
            first = false;
            left = size(readLine(in, budget));
            if (left == 0) {
                ended = true;
                headers(in, budget);
            }
        }

        private static long size(String line) throws IOException {
            var semicolon = line.indexOf(';');
            var digits = (semicolon < 0 ? line : line.substring(0, semicolon)).strip();
            try {
                if (digits.length() <= 15 && !digits.startsWith("-") && !digits.startsWith("+")) {
                    return Long.parseLong(digits, 16);
                }
            } catch (NumberFormatException e) {
                throw new IOException("a malformed chunk", e);
            }
            throw new IOException("a malformed chunk");
        }
    }

    /// Writes a body in chunks; closing it writes the last one and leaves the connection open.
    static final class ChunkedOutput extends OutputStream {
        private final OutputStream out;

        ChunkedOutput(OutputStream out) {
            this.out = out;
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            if (length == 0) {
                return; // an empty chunk would be the end
            }
            var size = Integer.toHexString(length).getBytes(StandardCharsets.US_ASCII);
            var chunk = new byte[size.length + length + 4];
            System.arraycopy(size, 0, chunk, 0, size.length);
            System.arraycopy(CRLF, 0, chunk, size.length, 2);
            System.arraycopy(bytes, offset, chunk, size.length + 2, length);
            System.arraycopy(CRLF, 0, chunk, chunk.length - 2, 2);
            out.write(chunk);
        }

        @Override
        public void close() throws IOException {
            out.write("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        }
    }
}

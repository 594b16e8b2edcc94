package dev.cove.api;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.regex.Pattern;

/// One request, byte by byte as a test wants it, and all that comes back.
final class Raw {
    private static final Pattern LENGTH = Pattern.compile("\r\nContent-Length: (\\d+)\r\n");

    private Raw() {}

    static String tcp(int port, String request) throws IOException {
        return exchange(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port), request);
    }

    static String unix(Path socket, String request) throws IOException {
        return exchange(UnixDomainSocketAddress.of(socket), request);
    }

    /// A request without a body, after which the server hangs up.
    static String request(String line, String... headers) {
        var all = new StringBuilder(line + " HTTP/1.1\r\nConnection: close\r\n");
        for (var header : headers) {
            all.append(header).append("\r\n");
        }
        return all.append("\r\n").toString();
    }

    /// A request for a WebSocket.
    static String upgrade(String path, String... headers) {
        return request(
                        "GET " + path,
                        "Upgrade: websocket",
                        "Sec-WebSocket-Version: 13",
                        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
                        String.join("\r\n", headers))
                .replace("Connection: close", "Connection: Upgrade");
    }

    /// The status of an answer.
    static int status(String answer) {
        return answer.startsWith("HTTP/1.1 ") ? Integer.parseInt(answer.substring(9, 12)) : -1;
    }

    private static String exchange(SocketAddress to, String request) throws IOException {
        var answer = new ByteArrayOutputStream();
        try (var channel = SocketChannel.open(to)) {
            var bytes = ByteBuffer.wrap(request.getBytes(StandardCharsets.ISO_8859_1));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            var buffer = ByteBuffer.allocate(8192);
            while (!isWhole(answer) && channel.read(buffer) >= 0) {
                answer.write(buffer.array(), 0, buffer.position());
                buffer.clear();
            }
        } catch (IOException e) {
            if (answer.size() == 0) {
                throw e; // a reset after the answer is how a server refuses the rest
            }
        }
        return answer.toString(StandardCharsets.ISO_8859_1);
    }

    /// Whether an answer has come to its end, though the connection stays.
    private static boolean isWhole(ByteArrayOutputStream answer) {
        var text = answer.toString(StandardCharsets.ISO_8859_1);
        var body = text.indexOf("\r\n\r\n") + 4;
        var length = LENGTH.matcher(text);
        return body > 3
                && length.find()
                && text.length() - body >= Integer.parseInt(length.group(1));
    }
}

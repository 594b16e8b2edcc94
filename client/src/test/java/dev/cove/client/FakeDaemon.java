package dev.cove.client;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/// A server that reads one request's head per connection and answers with whatever bytes the test
/// likes, malformed ones above all.
final class FakeDaemon implements AutoCloseable {
    private final ServerSocketChannel server;
    private final Answer answer;
    final Endpoint endpoint;
    final BlockingQueue<String> requests = new LinkedBlockingQueue<>();

    private FakeDaemon(ServerSocketChannel server, Endpoint endpoint, Answer answer) {
        this.server = server;
        this.endpoint = endpoint;
        this.answer = answer;
        Thread.ofVirtual().start(this::serve);
    }

    interface Answer {
        void answer(String head, InputStream in, OutputStream out) throws IOException;
    }

    static FakeDaemon onUnixSocket(Path folder, Answer answer) throws IOException {
        var path = folder.resolve("cove.sock");
        var server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(path));
        return new FakeDaemon(server, new Endpoint.Unix(path), answer);
    }

    static FakeDaemon onTcp(Answer answer) throws IOException {
        var server = ServerSocketChannel.open();
        server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        var port = ((InetSocketAddress) server.getLocalAddress()).getPort();
        return new FakeDaemon(server, new Endpoint.Tcp("127.0.0.1", port, false), answer);
    }

    /// Answers each request with these very bytes (as ISO 8859-1) and closes.
    static FakeDaemon saying(String bytes) throws IOException {
        return onTcp((head, in, out) -> out.write(bytes.getBytes(StandardCharsets.ISO_8859_1)));
    }

    static String ok(String json) {
        return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
                + json.getBytes(StandardCharsets.UTF_8).length
                + "\r\n\r\n"
                + json;
    }

    private void serve() {
        while (true) {
            try (var channel = server.accept();
                    var in = new BufferedInputStream(Channels.newInputStream(channel));
                    var out = Channels.newOutputStream(channel)) {
                var head = readHead(in);
                requests.add(head);
                answer.answer(head, in, out);
            } catch (ClosedChannelException e) {
                return;
            } catch (IOException e) {
                requests.add("failed: " + e);
            }
        }
    }

    private static String readHead(InputStream in) throws IOException {
        var head = new StringBuilder();
        while (!head.toString().endsWith("\r\n\r\n")) {
            var b = in.read();
            if (b < 0) {
                throw new IOException("no whole head: " + head);
            }
            head.append((char) b);
        }
        return head.toString();
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}

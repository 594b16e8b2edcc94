package dev.cove.vmm.qemu;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;

/// A monitor that greets and answers each line as it is told to.
final class FakeMonitor implements AutoCloseable {
    static final String GREETING =
            "{\"QMP\": {\"version\": {\"qemu\": {\"major\": 7}, \"novelty\": 1}, \"capabilities\": []}}\n";

    private final ServerSocketChannel server;
    private final String greeting;
    private final Function<String, String> answers;
    private final List<String> heard = new CopyOnWriteArrayList<>();

    /// @param answers from a request's line to all that is written then; `ID` stands for its id
    FakeMonitor(Path socket, String greeting, Function<String, String> answers) throws IOException {
        this.server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        this.greeting = greeting;
        this.answers = answers;
        server.bind(UnixDomainSocketAddress.of(socket));
        Thread.ofVirtual().start(this::serve);
    }

    static String agreeable(String request) {
        return "{\"return\": {}, \"id\": ID}\n";
    }

    List<String> heard() {
        return heard;
    }

    private void serve() {
        try (var client = server.accept()) {
            say(client, greeting);
            var lines = new Lines(client, 65_536);
            String line;
            while ((line = lines.next()) != null) {
                heard.add(line);
                var id = line.replaceAll(".*\"id\":(\\d+).*", "$1");
                var answer =
                        line.contains("qmp_capabilities") ? agreeable(line) : answers.apply(line);
                say(client, answer.replace("ID", id));
            }
        } catch (IOException e) {
            return; // the test is over
        }
    }

    private static void say(SocketChannel client, String text) throws IOException {
        var bytes = StandardCharsets.UTF_8.encode(text);
        while (bytes.hasRemaining()) {
            client.write(bytes);
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}

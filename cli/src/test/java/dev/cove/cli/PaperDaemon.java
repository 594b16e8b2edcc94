package dev.cove.cli;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// A daemon that answers each call with what the test wrote down for it, and keeps what it was
/// asked.
final class PaperDaemon implements AutoCloseable {
    static final String WEB =
            "{\"id\":\"vm-abcd2345\",\"name\":\"web\",\"state\":\"running\",\"image\":\"debian\","
                    + "\"address\":\"10.100.0.10\",\"cpus\":1,\"memory\":536870912,"
                    + "\"disk\":4294967296,\"created\":\"2026-01-01T00:00:00Z\"}";

    private static final int HELD = -1;

    private final HttpServer server;
    private final Map<String, Answer> answers = new ConcurrentHashMap<>();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final CountDownLatch end = new CountDownLatch(1);

    /// `METHOD path` of each call, then a space and the body if there was one.
    final Queue<String> asked = new ConcurrentLinkedQueue<>();

    /// @param more how many bytes are promised, and not sent
    private record Answer(int status, String body, Map<String, String> headers, int more) {}

    PaperDaemon() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.setExecutor(threads);
        server.start();
    }

    String host() {
        return "127.0.0.1:" + server.getAddress().getPort();
    }

    /// @param call `METHOD path`, without its query
    PaperDaemon answering(String call, int status, String body) {
        return answering(call, status, body, Map.of());
    }

    PaperDaemon answering(String call, int status, String body, Map<String, String> headers) {
        answers.put(call, new Answer(status, body, headers, 0));
        return this;
    }

    /// Answers with the beginning of something longer.
    PaperDaemon breakingOff(String call, String body) {
        answers.put(call, new Answer(200, body, Map.of(), 10));
        return this;
    }

    /// Begins to answer a call, and goes on with that until the end.
    PaperDaemon holding(String call) {
        return answering(call, HELD, "");
    }

    private void hold(HttpExchange exchange) throws IOException {
        exchange.sendResponseHeaders(200, 0);
        exchange.getResponseBody().write(": hello\n\n".getBytes(StandardCharsets.UTF_8));
        exchange.getResponseBody().flush();
        try {
            end.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            var body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            var method = exchange.getRequestMethod();
            asked.add((method + " " + exchange.getRequestURI() + " " + body).strip());
            var missing = new Answer(404, "{\"detail\":\"nothing\"}", Map.of(), 0);
            var path = exchange.getRequestURI().getPath();
            var answer = answers.getOrDefault(method + " " + path, missing);
            if (answer.status() == HELD) {
                hold(exchange);
                return;
            }
            var bytes = answer.body().getBytes(StandardCharsets.UTF_8);
            answer.headers().forEach(exchange.getResponseHeaders()::set);
            var length = bytes.length + answer.more();
            exchange.sendResponseHeaders(answer.status(), length == 0 ? -1 : length);
            exchange.getResponseBody().write(bytes);
            exchange.getResponseBody().flush();
        }
    }

    @Override
    public void close() {
        end.countDown();
        server.stop(0);
        threads.close();
    }
}

package dev.cove.client;

import dev.cove.core.CoveException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/// Sends requests, each on a connection of its own, with the caller's token.
record Http(Endpoint endpoint, Optional<Token> token) {

    /// Sends a request and waits for the head of its answer, whatever its status.
    ///
    /// @return the caller closes it
    /// @throws CoveException UNAVAILABLE when nobody answers, not in time, or not in HTTP
    Response send(Request request) {
        var wire = Wire.open(endpoint);
        try (var watchdog = new Watchdog(request.limit(), wire)) {
            try {
                var cut = write(request, wire);
                return read(request, wire, cut);
            } catch (IOException e) {
                wire.close();
                throw failed(request, watchdog.fired(), e);
            }
        }
    }

    /// Writes the request. A server that refuses a body says so and closes before it has read all
    /// of it: then the failure is returned, and the answer tells more.
    private Optional<IOException> write(Request request, Wire wire) throws IOException {
        var body = request.body();
        wire.out().write(head(request).getBytes(StandardCharsets.US_ASCII));
        if (body.isEmpty()) {
            return Optional.empty();
        }
        try {
            if (body.get().length() >= 0) {
                body.get().writer().writeTo(wire.out());
            } else {
                try (var chunks = new Framing.ChunkedOutput(wire.out())) {
                    body.get().writer().writeTo(chunks);
                }
            }
            return Optional.empty();
        } catch (IOException e) {
            return Optional.of(e);
        }
    }

    private static Response read(Request request, Wire wire, Optional<IOException> cut)
            throws IOException {
        try {
            var head = Framing.readHead(wire.in());
            var body = Framing.body(request.method(), head, wire.in());
            return new Response(head.status(), head.headers(), body, wire);
        } catch (IOException e) {
            throw cut.orElse(e);
        }
    }

    private String head(Request request) {
        var head = start(request.method(), request.path());
        request.body()
                .ifPresent(b ->
                        head.append("Content-Type: ")
                                .append(b.type())
                                .append("\r\n")
                                .append(
                                        b.length() >= 0
                                                ? "Content-Length: " + b.length()
                                                : "Transfer-Encoding: chunked")
                                .append("\r\n"));
        if (request.body().isEmpty() && request.method().equals("POST")) {
            head.append("Content-Length: 0\r\n");
        }
        return head.append("Connection: close\r\n\r\n").toString();
    }

    /// The first lines of any request, up to where its own headers go.
    StringBuilder start(String method, String path) {
        var head = new StringBuilder(method + " " + path + " HTTP/1.1\r\n");
        head.append("Host: ").append(endpoint.authority()).append("\r\nUser-Agent: cove\r\n");
        token.ifPresent(
                t -> head.append("Authorization: Bearer ").append(t.secret()).append("\r\n"));
        return head;
    }

    private CoveException failed(Request request, boolean late, IOException e) {
        // What is asked for may be long, and says nothing here.
        var path = request.path().replaceFirst("\\?.*", "");
        var what = request.method() + " " + path + " at " + endpoint;
        return late
                ? CoveException.unavailable(
                        "the daemon did not answer "
                                + what
                                + " within "
                                + request.limit().toSeconds()
                                + " s; see its log, or try: cove doctor",
                        e)
                : CoveException.unavailable(
                        "no proper answer to " + what + ": " + e.getMessage(), e);
    }
}

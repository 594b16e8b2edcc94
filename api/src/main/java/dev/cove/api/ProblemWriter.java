package dev.cove.api;

import java.nio.ByteBuffer;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/// Writes problem documents where no route is in charge: before the routes, and for what the HTTP
/// server itself refuses.
final class ProblemWriter extends ErrorHandler {
    private final Problems problems;
    private final Json json;

    ProblemWriter(Problems problems, Json json) {
        this.problems = problems;
        this.json = json;
    }

    void write(Throwable failure, Request request, Response response, Callback callback) {
        write(problems.of(failure), response, callback);
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        write(problem(request, response), response, callback);
        return true;
    }

    private Problem problem(Request request, Response response) {
        var status =
                request.getAttribute(ERROR_STATUS) instanceof Integer s ? s : response.getStatus();
        return problems.ofStatus(status, message(request.getAttribute(ERROR_MESSAGE)));
    }

    private static String message(@Nullable Object said) {
        return said == null ? "the request cannot be served" : said.toString();
    }

    private void write(Problem problem, Response response, Callback callback) {
        response.setStatus(problem.status());
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, Problems.MEDIA_TYPE);
        headers(problem).forEach((name, value) -> response.getHeaders().put(name, value));
        response.write(true, ByteBuffer.wrap(json.write(problem)), callback);
    }

    /// What goes along with a problem of this status.
    static java.util.Map<String, String> headers(Problem problem) {
        return switch (problem.status()) {
            case 401 -> java.util.Map.of("WWW-Authenticate", "Bearer");
            case 426 -> java.util.Map.of("Upgrade", "websocket");
            case 429, 503 -> java.util.Map.of("Retry-After", "1");
            default -> java.util.Map.of();
        };
    }
}

package dev.cove.api;

import dev.cove.core.CoveException;
import dev.cove.core.CoveException.Kind;
import io.javalin.http.HttpResponseException;
import io.javalin.http.MethodNotAllowedResponse;
import java.util.Locale;
import java.util.random.RandomGenerator;
import org.eclipse.jetty.http.HttpException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What went wrong, as a problem document: the one table from kinds to HTTP's statuses.
final class Problems {
    static final String MEDIA_TYPE = "application/problem+json";
    private static final Logger LOG = LoggerFactory.getLogger(Problems.class);

    private final RandomGenerator random;

    Problems(RandomGenerator random) {
        this.random = random;
    }

    static int status(Kind kind) {
        return switch (kind) {
            case INVALID -> 400;
            case DENIED -> 403;
            case NOT_FOUND -> 404;
            case CONFLICT -> 409;
            case BUSY -> 429;
            case INTERNAL -> 500;
            case UNAVAILABLE -> 503;
        };
    }

    /// The status that `of` would give, without a word in the log.
    static int statusOf(Throwable failure) {
        return switch (failure) {
            case CoveException e -> status(e.kind());
            case Refused e -> e.status();
            case HttpResponseException e -> e.getStatus();
            case InterruptedException _ -> 503;
            case HttpException e when e.getCode() < 500 -> e.getCode();
            default -> 500;
        };
    }

    /// Tells a caller what happened. Faults of Cove's own go into the log in full, and to the
    /// caller as a reference to it.
    Problem of(Throwable failure) {
        return switch (failure) {
            case CoveException e when e.kind() == Kind.INTERNAL -> internal(e.sentence(), e);
            case CoveException e -> problem(status(e.kind()), e.kind(), e.sentence());
            case Refused e -> problem(e.status(), e.kind(), e.detail());
            case InterruptedException _ ->
                    problem(503, Kind.UNAVAILABLE, "the daemon is stopping; try again in a moment");
            case MethodNotAllowedResponse e ->
                    ofStatus(405, "this path takes " + String.join(", ", e.getDetails().values()));
            case HttpResponseException e -> ofStatus(e.getStatus(), String.valueOf(e.getMessage()));
            // Jetty's own refusals: a body cut short, a malformed request.
            case HttpException e when e.getCode() < 500 ->
                    ofStatus(e.getCode(), String.valueOf(e.getReason()));
            default -> internal("a fault of Cove's own", failure);
        };
    }

    /// A refusal that Jetty or Javalin came to before any code of Cove's was asked.
    Problem ofStatus(int status, String detail) {
        return switch (status) {
            case 401, 403 -> problem(status, Kind.DENIED, detail);
            case 404 -> problem(status, Kind.NOT_FOUND, detail);
            case 413 -> problem(status, Kind.INVALID, "the body is too large");
            case 414 -> problem(status, Kind.INVALID, "the request's path and query are too long");
            case 429 -> problem(status, Kind.BUSY, detail);
            case 431 -> problem(status, Kind.INVALID, "the request's headers are too large");
            case 503 -> problem(status, Kind.UNAVAILABLE, detail);
            default ->
                    status < 500
                            ? problem(status, Kind.INVALID, detail)
                            : problem(500, Kind.INTERNAL, detail);
        };
    }

    private Problem internal(String sentence, Throwable failure) {
        var reference = "%08x".formatted(random.nextInt());
        LOG.error("{} (reference {})", sentence, reference, failure);
        return problem(
                500,
                Kind.INTERNAL,
                sentence + "; the daemon's log tells more under reference " + reference);
    }

    private static Problem problem(int status, Kind kind, String detail) {
        return new Problem(
                "urn:cove:problem:" + kind.name().toLowerCase(Locale.ROOT).replace('_', '-'),
                title(status, kind),
                status,
                detail,
                kind.name());
    }

    private static String title(int status, Kind kind) {
        return switch (status) {
            case 401 -> "Not authenticated";
            case 405 -> "Wrong method";
            case 408 -> "Too slow";
            case 413 -> "Too large";
            case 414 -> "URI too long";
            case 426 -> "Upgrade required";
            case 431 -> "Headers too large";
            default ->
                    switch (kind) {
                        case INVALID -> "Invalid";
                        case DENIED -> "Denied";
                        case NOT_FOUND -> "Not found";
                        case CONFLICT -> "Conflict";
                        case BUSY -> "Busy";
                        case INTERNAL -> "Internal fault";
                        case UNAVAILABLE -> "Unavailable";
                    };
        };
    }
}

package dev.cove.client;

import dev.cove.core.CoveException;
import dev.cove.core.CoveException.Kind;
import dev.cove.core.Printable;

/// Refusals, as problem documents (RFC 9457) tell of them.
final class Problem {
    private static final int LONGEST = 4000;

    private Problem() {}

    /// Reads the refusal and closes the answer.
    static CoveException of(Response response) {
        try (response) {
            var text = response.text();
            return new CoveException(kind(response.status()), sentence(response.status(), text));
        }
    }

    private static String sentence(int status, String text) {
        if (status == 401) {
            return "the daemon wants a token: set COVE_TOKEN, or put one into ~/.config/cove/token;"
                    + " make one on its machine with: cove token create";
        }
        if (text.isBlank()) {
            return "the daemon answered " + status + " and did not say why";
        }
        try {
            var problem = Json.parse(text);
            var detail = problem.at("detail").text().or(() -> problem.at("title").text());
            if (detail.isPresent()) {
                return Printable.of(detail.get(), LONGEST);
            }
        } catch (CoveException e) {
            return "the daemon answered " + status + ": " + Printable.of(text.strip(), 200);
        }
        return "the daemon answered " + status;
    }

    private static Kind kind(int status) {
        return switch (status) {
            case 404, 410 -> Kind.NOT_FOUND;
            case 409, 412 -> Kind.CONFLICT;
            case 401, 403 -> Kind.DENIED;
            case 429 -> Kind.BUSY;
            case 502, 503, 504, 507 -> Kind.UNAVAILABLE;
            default -> status >= 500 ? Kind.INTERNAL : Kind.INVALID;
        };
    }
}

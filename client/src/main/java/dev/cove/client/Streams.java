package dev.cove.client;

import dev.cove.core.CoveException;
import dev.cove.core.Printable;

/// What streams over WebSockets have in common.
final class Streams {
    private Streams() {}

    /// The failure that a last message `{"error":{…}}` tells of.
    static CoveException failure(Json message) {
        var error = message.at("error");
        var says = error.at("detail").text().or(() -> error.at("title").text()).or(error::text);
        return new CoveException(
                kind(error.at("kind").text("")),
                Printable.of(says.orElse("the daemon said something unknown"), 4000));
    }

    private static CoveException.Kind kind(String name) {
        for (var kind : CoveException.Kind.values()) {
            if (kind.name().equals(name)) {
                return kind;
            }
        }
        return CoveException.Kind.UNAVAILABLE;
    }
}

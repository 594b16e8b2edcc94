package dev.cove.client;

import dev.cove.core.CoveException;
import java.time.Duration;

/// Requests, and their answers as JSON.
///
/// @param http where they go
record Calls(Http http) {
    /// How much longer than the daemon is asked to wait.
    static final Duration SLACK = Duration.ofSeconds(30);

    /// @throws CoveException in the daemon's words when it refuses, UNAVAILABLE when what answers
    ///   is no Cove
    Json json(Request request) {
        try (var response = answer(request)) {
            var text = response.text();
            try {
                return Json.parse(text);
            } catch (CoveException e) {
                throw CoveException.unavailable(
                        http.endpoint() + " does not speak Cove's API: " + e.sentence(), e);
            }
        }
    }

    /// The caller closes the answer.
    Response answer(Request request) {
        var response = http.send(request);
        if (response.status() / 100 != 2) {
            throw Problem.of(response);
        }
        return response;
    }

    /// @param vm its name or id
    static Query vm(String vm) {
        if (vm.isEmpty()) {
            throw CoveException.invalid("the name of a VM is empty");
        }
        return Query.at("/v1/vms").then(vm);
    }

    static Query waiting(Query query, Duration wait) {
        return wait.isZero() ? query : query.with("wait", wait.toMillis() + "ms");
    }
}

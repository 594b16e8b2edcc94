package dev.cove.client;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A command to run in a guest.
///
/// @param arguments word by word; empty is the user's login shell
/// @param terminal what `TERM` and the window are to be, if it is to have a terminal
public record ExecCommand(
        List<String> arguments,
        Map<String, String> environment,
        Optional<String> folder,
        Optional<String> user,
        Optional<Window> terminal) {

    /// The size of a terminal.
    public record Window(String type, int columns, int rows) {
        Json toJson() {
            return Json.fields()
                    .put("type", type)
                    .put("columns", columns)
                    .put("rows", rows)
                    .build();
        }
    }

    Json toJson() {
        var json = Json.fields();
        if (!arguments.isEmpty()) {
            json.put("arguments", Json.of(arguments));
        }
        if (!environment.isEmpty()) {
            json.put("env", Json.of(environment));
        }
        json.put("folder", folder).put("user", user);
        terminal.ifPresent(t -> json.put("terminal", t.toJson()));
        return json.build();
    }
}

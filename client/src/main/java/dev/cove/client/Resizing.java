package dev.cove.client;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// Another shape for a VM, and what came of it.
public final class Resizing {
    private static final Duration GROWING = Duration.ofMinutes(6);

    private Resizing() {}

    /// What is to be different.
    ///
    /// @param memory, disk sizes as people write them: `512M`
    /// @param restart whether one that runs may be restarted for it
    public record Wish(
            Optional<Integer> cpus,
            Optional<String> memory,
            Optional<String> disk,
            boolean restart) {
        Json toJson() {
            var json = Json.fields();
            cpus.ifPresent(c -> json.put("cpus", c));
            json.put("memory", memory).put("disk", disk);
            if (restart) {
                json.put("restart", true);
            }
            return json.build();
        }
    }

    /// @param what `cpus`, `memory` or `disk`
    /// @param from, to processors, or bytes
    /// @param when `now`, `restart` or `start`
    public record Change(String what, long from, long to, String when) {
        static Change of(Json json) {
            return new Change(
                    json.at("what").text(""),
                    json.at("from").number(0),
                    json.at("to").number(0),
                    json.at("when").text(""));
        }
    }

    /// @param source all that the daemon said
    public record Resized(List<Change> changes, VmInfo vm, Json source) {
        static Resized of(Json json) {
            return new Resized(
                    json.at("changes").items().stream().map(Change::of).toList(),
                    VmInfo.of(json.at("vm")),
                    json);
        }
    }

    static Resized ask(Calls calls, String vm, Wish wish, Duration wait) {
        var path = Calls.waiting(Calls.vm(vm).then("resize"), wait).toString();
        var request = Request.of("POST", path, wish.toJson()).within(wait.plus(GROWING));
        return Resized.of(calls.json(request));
    }
}

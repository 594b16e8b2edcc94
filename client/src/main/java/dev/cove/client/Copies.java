package dev.cove.client;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Copies of VMs, as the API has them: forks, snapshots, templates.
public final class Copies {
    private static final Duration SAVING = Duration.ofMinutes(6);
    private static final Duration BOOTING = Duration.ofMinutes(11);

    private final Calls calls;

    Copies(Calls calls) {
        this.calls = calls;
    }

    /// What forks are to be.
    ///
    /// @param name of the one, or what comes before the numbers of several
    /// @param count how many; empty for one without a number
    public record Wish(
            Optional<String> name,
            Optional<Integer> count,
            Map<String, String> labels,
            Optional<String> sleepAfter) {
        Json toJson() {
            var json = Json.fields().put("name", name).put("sleep_after", sleepAfter);
            count.ifPresent(c -> json.put("count", c));
            return json.put("labels", Json.of(labels)).build();
        }
    }

    /// @param standstill for how long the original stood still, in milliseconds
    /// @param source all that the daemon said
    public record Forks(List<VmInfo> vms, double standstill, Json source) {
        static Forks of(Json json) {
            return new Forks(
                    json.at("vms").items().stream().map(VmInfo::of).toList(),
                    json.at("standstill_ms").decimal(0),
                    json);
        }
    }

    /// Copies a VM that runs.
    ///
    /// @param wait how long to wait until the copies have settled
    public Forks fork(String vm, Wish wish, Duration wait) {
        var path = Calls.waiting(Calls.vm(vm).then("fork"), wait).toString();
        return Forks.of(
                calls.json(Request.of("POST", path, wish.toJson()).within(wait.plus(SAVING))));
    }

    public Json snapshots(String vm) {
        return calls.json(Request.of("GET", snapshotsOf(vm).toString()));
    }

    /// Takes one; answers when it is there.
    ///
    /// @param name made of the time when it is empty
    public Json takeSnapshot(String vm, Optional<String> name) {
        var wish = Json.fields().put("name", name).build();
        return calls.json(Request.of("POST", snapshotsOf(vm).toString(), wish).within(SAVING));
    }

    /// Makes a VM what it was.
    ///
    /// @param cold whether only the snapshot's disk counts, which is booted
    public VmInfo restore(String vm, String snapshot, boolean cold, Duration wait) {
        var query = snapshotsOf(vm).then(snapshot).then("restore");
        if (cold) {
            query.with("cold", "true");
        }
        var path = Calls.waiting(query, wait).toString();
        return VmInfo.of(calls.json(Request.of("POST", path).within(wait.plus(Calls.SLACK))));
    }

    public void removeSnapshot(String vm, String snapshot) {
        var path = snapshotsOf(vm).then(snapshot).toString();
        calls.answer(Request.of("DELETE", path)).close();
    }

    private static Query snapshotsOf(String vm) {
        return Calls.vm(vm).then("snapshots");
    }

    public Json templates() {
        return calls.json(Request.of("GET", "/v1/templates"));
    }

    /// Makes a template, unless it is there; answers when it is.
    public Json prepareTemplate(
            Optional<String> image, Optional<Integer> cpus, Optional<String> memory) {
        var wish = Json.fields().put("image", image).put("memory", memory);
        cpus.ifPresent(c -> wish.put("cpus", c));
        return calls.json(Request.of("POST", "/v1/templates", wish.build()).within(BOOTING));
    }

    public void removeTemplate(String id) {
        var path = Query.at("/v1/templates").then(id).toString();
        calls.answer(Request.of("DELETE", path)).close();
    }
}

package dev.cove.bench;

import dev.cove.client.VmInfo;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// What the steps of many creates took, as the daemon itself says: shows where time goes, and is no
/// figure.
final class Steps {
    private final Map<String, List<Duration>> runs = new LinkedHashMap<>();

    /// @throws IllegalStateException when the VM does not run
    void note(VmInfo vm) {
        Vms.requireRunning(vm);
        var timings = vm.source().at("timings").members();
        timings.forEach((step, millis) ->
                runs.computeIfAbsent(step, _ -> new ArrayList<>())
                        .add(Duration.ofMillis(millis.number(0))));
    }

    void tell(Consumer<String> progress) {
        runs.forEach((step, took) ->
                progress.accept(
                        "median of "
                                + step
                                + ": "
                                + new Samples(step, took).median().toMillis()
                                + " ms"));
    }
}

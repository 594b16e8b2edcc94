package dev.cove.api;

import dev.cove.core.Resized;
import dev.cove.core.Resized.When;
import dev.cove.core.control.Resizing;
import java.util.List;
import java.util.Optional;

/// `/v1/vms/{vm}/resize`: how big a VM is.
final class ResizeRoutes {
    private final Resizing resizing;
    private final VmAnswers answers;

    ResizeRoutes(Resizing resizing, VmAnswers answers) {
        this.resizing = resizing;
        this.answers = answers;
    }

    void register(Routes routes) {
        routes.post("/v1/vms/{vm}/resize", this::resize);
    }

    /// @param changes in the order cpus, memory, disk
    record Answer(List<Difference> changes, Views.Whole vm) {}

    /// @param what `cpus`, `memory` or `disk`
    /// @param from, to processors, or bytes
    /// @param when `now`, `restart` or `start`
    record Difference(String what, long from, long to, String when) {
        static Difference of(Resized.Change change) {
            return new Difference(
                    change.part().toString(), change.from(), change.to(), change.when().toString());
        }
    }

    private void resize(Call call) throws Exception {
        var wait = VmAnswers.wait(call, "wait");
        var fields = Fields.strict(call.body(), "cpus", "memory", "disk", "restart");
        var wish =
                new Resizing.Wish(
                        fields.whole("cpus"),
                        fields.size("memory"),
                        fields.size("disk"),
                        fields.flag("restart").orElse(false));
        var resized = call.waiting(() -> resizing.resize(call.caller(), call.path("vm"), wish));
        var restarts = resized.changes().stream().anyMatch(c -> c.when() == When.RESTART);
        var settled =
                restarts ? answers.await(call, resized.vm(), wait) : Optional.of(resized.vm());
        call.answer(
                settled.isPresent() ? 200 : 202,
                new Answer(
                        resized.changes().stream().map(Difference::of).toList(),
                        answers.whole(call, settled.orElse(resized.vm()))));
    }
}

package dev.cove.api;

import dev.cove.core.control.Vms;
import java.time.Duration;

/// `/v1/vms/{vm}/start` and the like: whether a VM runs.
final class PowerRoutes {
    private static final Duration LONGEST_GRACE = Duration.ofMinutes(10);

    private final Vms vms;
    private final VmAnswers answers;

    PowerRoutes(Vms vms, VmAnswers answers) {
        this.vms = vms;
        this.answers = answers;
    }

    void register(Routes routes) {
        routes.post("/v1/vms/{vm}/start", this::start);
        routes.post("/v1/vms/{vm}/stop", this::stop);
        routes.post("/v1/vms/{vm}/restart", this::restart);
        routes.post("/v1/vms/{vm}/sleep", this::sleep);
        routes.post("/v1/vms/{vm}/wake", this::wake);
    }

    private void start(Call call) throws Exception {
        var wait = VmAnswers.wait(call, "wait", "cold");
        var cold = call.query("wait", "cold").flag("cold");
        answers.settled(call, vms.start(call.caller(), call.path("vm"), cold), wait);
    }

    private void stop(Call call) throws Exception {
        var wait = VmAnswers.wait(call, "wait", "grace", "force");
        var vm = vms.stop(call.caller(), call.path("vm"), grace(call));
        answers.settled(call, vm, wait);
    }

    private void restart(Call call) throws Exception {
        var wait = VmAnswers.wait(call, "wait", "grace", "force");
        var vm = vms.restart(call.caller(), call.path("vm"), grace(call));
        answers.settled(call, vm, wait);
    }

    private Duration grace(Call call) {
        var query = call.query("wait", "grace", "force");
        return query.flag("force")
                ? Duration.ZERO
                : query.duration("grace", LONGEST_GRACE).orElse(vms.usualGrace());
    }

    private void sleep(Call call) throws Exception {
        var wait = VmAnswers.wait(call, "wait");
        answers.settled(call, vms.sleep(call.caller(), call.path("vm")), wait);
    }

    private void wake(Call call) throws Exception {
        var wait = VmAnswers.wait(call, "wait");
        answers.settled(call, vms.wake(call.caller(), call.path("vm")), wait);
    }
}

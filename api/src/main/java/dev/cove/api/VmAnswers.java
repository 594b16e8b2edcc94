package dev.cove.api;

import dev.cove.core.CoveException;
import dev.cove.core.Vm;
import dev.cove.core.VmState;
import dev.cove.core.control.Copies;
import dev.cove.core.control.Vms;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// How calls that ask something of VMs wait for it and answer with what has become of them.
final class VmAnswers {
    private final Vms vms;
    private final Copies copies;
    private final VmPaths paths;

    VmAnswers(Vms vms, Copies copies, VmPaths paths) {
        this.vms = vms;
        this.copies = copies;
        this.paths = paths;
    }

    /// The VM that the path names.
    Vm find(Call call) {
        return vms.find(call.caller(), call.path("vm"));
    }

    Views.Whole whole(Call call, Vm vm) {
        return Views.Whole.of(
                vm,
                copies.sleepOf(vm),
                call.caller().administrator() ? Optional.of(paths.of(vm.id())) : Optional.empty());
    }

    /// How long the call wants to wait.
    ///
    /// @param known all parameters that the call may have, `wait` among them
    static Optional<Duration> wait(Call call, String... known) {
        return call.query(known).duration("wait", Call.LONGEST_WAIT);
    }

    /// Answers with a VM that something was asked of.
    void settled(Call call, Vm vm, Optional<Duration> wait) throws Exception {
        var settled = await(call, vm, wait);
        call.answer(settled.isPresent() ? 200 : 202, whole(call, settled.orElse(vm)));
    }

    /// Answers with a new VM.
    void created(Call call, Vm vm, Optional<Duration> wait) throws Exception {
        var settled = await(call, vm, wait);
        call.created(
                "/v1/vms/" + vm.id(),
                settled.isPresent() ? 201 : 202,
                whole(call, settled.orElse(vm)));
    }

    /// The VM once it rests, if that was asked for and happens in time.
    Optional<Vm> await(Call call, Vm vm, Optional<Duration> wait) throws Exception {
        if (wait.isEmpty()) {
            return Optional.empty();
        }
        var then =
                call.waiting(() -> vms.awaitRest(vm.id(), wait.get()))
                        .orElseThrow(() ->
                                CoveException.notFound(
                                        "VM \"" + vm.name() + "\" was destroyed meanwhile"));
        return isDone(then) ? Optional.of(then) : Optional.empty();
    }

    /// The same of several, which share the time there is. One that is destroyed meanwhile is left
    /// out.
    ///
    /// @return as they are then
    List<Vm> awaitAll(Call call, List<Vm> all, Optional<Duration> wait) throws Exception {
        if (wait.isEmpty()) {
            return all;
        }
        var until = call.now() + wait.get().toNanos();
        return call.waiting(() -> {
            var then = new ArrayList<Vm>();
            for (var vm : all) {
                var left = Duration.ofNanos(Math.max(0, until - call.now()));
                vms.awaitRest(vm.id(), left).ifPresent(then::add);
            }
            return then;
        });
    }

    static boolean isDone(Vm vm) {
        return vm.atRest() || vm.state() == VmState.FAILED;
    }
}

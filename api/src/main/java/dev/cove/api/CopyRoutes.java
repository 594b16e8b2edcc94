package dev.cove.api;

import dev.cove.core.Name;
import dev.cove.core.control.Copies;

/// `/v1/vms/{vm}/fork` and `/v1/vms/{vm}/snapshots`: copies of VMs.
final class CopyRoutes {
    private static final String ALL = "/v1/vms/{vm}/snapshots";
    private static final String ONE = ALL + "/{name}";

    private final Copies copies;
    private final VmAnswers answers;

    CopyRoutes(Copies copies, VmAnswers answers) {
        this.copies = copies;
        this.answers = answers;
    }

    void register(Routes routes) {
        routes.post("/v1/vms/{vm}/fork", this::fork);
        routes.get(ALL, this::list);
        routes.post(ALL, this::take);
        routes.get(ONE, this::one);
        routes.delete(ONE, this::remove);
        routes.post(ONE + "/restore", this::restore);
    }

    private void fork(Call call) throws Exception {
        var wait = VmAnswers.wait(call, "wait");
        var wanted = Wishes.forks(call);
        var forked = call.waiting(() -> copies.fork(call.caller(), call.path("vm"), wanted));
        var then = answers.awaitAll(call, forked.vms(), wait);
        var done = wait.isPresent() && then.stream().allMatch(VmAnswers::isDone);
        call.answer(
                done ? 201 : 202,
                new CopyViews.Forks(
                        CopyViews.millis(forked.standstill()),
                        then.stream().map(vm -> answers.whole(call, vm)).toList()));
    }

    private void list(Call call) {
        call.query();
        var vm = answers.find(call);
        call.answer(
                200,
                copies.list(call.caller(), vm.id().text()).stream()
                        .map(s -> CopyViews.Kept.of(s, vm, copies.whyNot(s)))
                        .toList());
    }

    private void take(Call call) throws Exception {
        call.query();
        var name = Fields.strict(call.body(), "name").text("name").map(Name::new);
        var vm = answers.find(call);
        var taken = call.waiting(() -> copies.snapshot(call.caller(), vm.id().text(), name));
        call.created(
                "/v1/vms/" + vm.id() + "/snapshots/" + taken.name(),
                201,
                CopyViews.Kept.of(taken, vm, copies.whyNot(taken)));
    }

    private void one(Call call) {
        call.query();
        var vm = answers.find(call);
        var found = copies.find(call.caller(), vm.id().text(), name(call));
        call.answer(200, CopyViews.Kept.of(found, vm, copies.whyNot(found)));
    }

    private void remove(Call call) {
        call.query();
        copies.remove(call.caller(), call.path("vm"), name(call));
        call.nothing();
    }

    private void restore(Call call) throws Exception {
        var wait = VmAnswers.wait(call, "wait", "cold");
        var cold = call.query("wait", "cold").flag("cold");
        var vm = copies.restore(call.caller(), call.path("vm"), name(call), cold);
        answers.settled(call, vm, wait);
    }

    private static Name name(Call call) {
        return new Name(call.path("name"));
    }
}

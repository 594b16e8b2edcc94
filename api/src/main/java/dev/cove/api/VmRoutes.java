package dev.cove.api;

import dev.cove.core.CoveException;
import dev.cove.core.Labels;
import dev.cove.core.Name;
import dev.cove.core.Vm;
import dev.cove.core.control.Copies;
import dev.cove.core.control.Vms;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.function.Predicate;

/// `/v1/vms`: the records, and what changes them.
final class VmRoutes {
    private final Vms vms;
    private final Copies copies;
    private final VmAnswers answers;
    private final VmRows rows;

    VmRoutes(Vms vms, Copies copies, VmAnswers answers, VmRows rows) {
        this.vms = vms;
        this.copies = copies;
        this.answers = answers;
        this.rows = rows;
    }

    void register(Routes routes) {
        routes.post("/v1/vms", this::create);
        routes.get("/v1/vms", this::list);
        routes.get(
                "/v1/vms/{vm}", call -> call.answer(200, answers.whole(call, answers.find(call))));
        routes.patch("/v1/vms/{vm}", this::change);
        routes.delete("/v1/vms/{vm}", this::destroy);
        routes.get("/v1/vms/{vm}/ssh", this::ssh);
    }

    private void create(Call call) throws Exception {
        var wait = VmAnswers.wait(call, "wait");
        var wanted = Wishes.creation(call);
        var vm =
                wanted.from()
                        .map(f -> copies.create(call.caller(), f.vm(), f.snapshot(), wanted.vm()))
                        .orElseGet(() -> vms.create(call.caller(), wanted.vm()));
        answers.created(call, vm, wait);
    }

    private void list(Call call) {
        Predicate<Vm> wanted = labelled(call.query("label"));
        var listed = vms.list(call.caller()).stream().filter(wanted).toList();
        call.text("application/json", rows.of(listed).getBytes(StandardCharsets.UTF_8));
    }

    private static Predicate<Vm> labelled(Query query) {
        var pairs = new HashMap<String, String>();
        for (var label : query.all("label")) {
            var middle = label.indexOf('=');
            if (middle < 1) {
                throw CoveException.invalid("?label has to be key=value");
            }
            pairs.put(label.substring(0, middle), label.substring(middle + 1));
        }
        var wanted = new Labels(pairs);
        return vm -> vm.spec().labels().has(wanted);
    }

    private void change(Call call) throws Exception {
        call.query();
        var fields = Fields.strict(call.body(), "name", "labels", "sleep_after");
        var name = fields.text("name").map(Name::new);
        var labels = fields.pairs("labels").map(Labels::new);
        var asked = fields.text("sleep_after");
        var idle = asked.flatMap(Wishes::sleepAfter);
        var vm = answers.find(call);
        if (name.isPresent()) {
            vm = vms.rename(call.caller(), vm.id().text(), name.get());
        }
        if (labels.isPresent()) {
            vm = vms.label(call.caller(), vm.id().text(), labels.get());
        }
        if (asked.isPresent()) {
            vm = vms.sleepAfter(call.caller(), vm.id().text(), idle);
        }
        call.answer(200, answers.whole(call, vm));
    }

    private void destroy(Call call) throws Exception {
        var query = call.query("wait", "force");
        var wait = query.duration("wait", Call.LONGEST_WAIT);
        var vm = answers.find(call);
        if (!query.flag("force") && isUp(vm)) {
            throw CoveException.conflict(
                    "VM \""
                            + vm.name()
                            + "\" is "
                            + vm.state()
                            + "; stop it first, or use force: cove destroy -f "
                            + vm.name());
        }
        var going = vms.destroy(call.caller(), vm.id().text());
        if (wait.isPresent()) {
            var left = call.waiting(() -> vms.await(vm.id(), _ -> false, wait.get()));
            if (left.isEmpty()) {
                call.nothing();
                return;
            }
            going = left.get();
        }
        call.answer(202, answers.whole(call, going));
    }

    private static boolean isUp(Vm vm) {
        return switch (vm.state()) {
            case CREATING, STARTING, RUNNING, STOPPING -> true;
            case STOPPED, ASLEEP, FAILED, DELETING -> false;
        };
    }

    private void ssh(Call call) {
        call.query();
        var vm = answers.find(call);
        var guest = vms.guest(call.caller(), vm.id().text());
        call.answer(200, Views.Ssh.of(guest, vm.name()));
    }
}

package dev.cove.api;

import dev.cove.core.CoveException;
import dev.cove.core.Durations;
import dev.cove.core.Labels;
import dev.cove.core.Name;
import dev.cove.core.SshKey;
import dev.cove.core.Vm;
import dev.cove.core.VmState;
import dev.cove.core.control.NewVm;
import dev.cove.core.control.Vms;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Optional;
import java.util.function.Predicate;

/// `/v1/vms`: the records, and what changes them.
final class VmRoutes {
    private static final Duration LONGEST_GRACE = Duration.ofMinutes(10);

    private final Vms vms;
    private final VmPaths paths;
    private final VmRows rows;

    VmRoutes(Vms vms, VmPaths paths, VmRows rows) {
        this.vms = vms;
        this.paths = paths;
        this.rows = rows;
    }

    void register(Routes routes) {
        routes.post("/v1/vms", this::create);
        routes.get("/v1/vms", this::list);
        routes.get("/v1/vms/{vm}", call -> call.answer(200, whole(call, find(call))));
        routes.patch("/v1/vms/{vm}", this::change);
        routes.delete("/v1/vms/{vm}", this::destroy);
        routes.post("/v1/vms/{vm}/start", this::start);
        routes.post("/v1/vms/{vm}/stop", this::stop);
        routes.post("/v1/vms/{vm}/restart", this::restart);
        routes.get("/v1/vms/{vm}/ssh", this::ssh);
    }

    private void create(Call call) throws Exception {
        var wait = wait(call, "wait");
        var vm = vms.create(call.caller(), newVm(call));
        var settled = settle(call, vm, wait);
        call.created(
                "/v1/vms/" + vm.id(),
                settled.isPresent() ? 201 : 202,
                whole(call, settled.orElse(vm)));
    }

    private static NewVm newVm(Call call) throws Exception {
        var fields =
                Fields.strict(
                        call.body(),
                        "name",
                        "image",
                        "cpus",
                        "memory",
                        "disk",
                        "vmm",
                        "ssh_keys",
                        "labels",
                        "start",
                        "cold",
                        "sleep_after");
        return new NewVm(
                fields.text("name").map(Name::new),
                fields.text("image").map(Name::new),
                fields.whole("cpus"),
                fields.size("memory"),
                fields.size("disk"),
                fields.text("vmm").filter(v -> !v.equals("auto")),
                fields.texts("ssh_keys").stream().map(SshKey::parse).toList(),
                fields.pairs("labels").map(Labels::new).orElse(Labels.NONE),
                fields.flag("start").orElse(true),
                fields.flag("cold").orElse(false),
                fields.text("sleep_after").map(Durations::parse));
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
        var fields = Fields.strict(call.body(), "name", "labels");
        var name = fields.text("name").map(Name::new);
        var labels = fields.pairs("labels").map(Labels::new);
        var vm = find(call);
        if (name.isPresent()) {
            vm = vms.rename(call.caller(), vm.id().text(), name.get());
        }
        if (labels.isPresent()) {
            vm = vms.label(call.caller(), vm.id().text(), labels.get());
        }
        call.answer(200, whole(call, vm));
    }

    private void destroy(Call call) throws Exception {
        var query = call.query("wait", "force");
        var wait = query.duration("wait", Call.LONGEST_WAIT);
        var vm = find(call);
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
        call.answer(202, whole(call, going));
    }

    private static boolean isUp(Vm vm) {
        return switch (vm.state()) {
            case CREATING, STARTING, RUNNING, STOPPING -> true;
            case STOPPED, ASLEEP, FAILED, DELETING -> false;
        };
    }

    private void start(Call call) throws Exception {
        var wait = wait(call, "wait");
        answerSettled(call, vms.start(call.caller(), call.path("vm")), wait);
    }

    private void stop(Call call) throws Exception {
        var wait = wait(call, "wait", "grace", "force");
        var vm = vms.stop(call.caller(), call.path("vm"), grace(call));
        answerSettled(call, vm, wait);
    }

    private void restart(Call call) throws Exception {
        var wait = wait(call, "wait", "grace", "force");
        var vm = vms.restart(call.caller(), call.path("vm"), grace(call));
        answerSettled(call, vm, wait);
    }

    private Duration grace(Call call) {
        var query = call.query("wait", "grace", "force");
        return query.flag("force")
                ? Duration.ZERO
                : query.duration("grace", LONGEST_GRACE).orElse(vms.usualGrace());
    }

    private void ssh(Call call) {
        call.query();
        var vm = find(call);
        var guest = vms.guest(call.caller(), vm.id().text());
        call.answer(200, Views.Ssh.of(guest, vm.name()));
    }

    private static Optional<Duration> wait(Call call, String... known) {
        return call.query(known).duration("wait", Call.LONGEST_WAIT);
    }

    private void answerSettled(Call call, Vm vm, Optional<Duration> wait) throws Exception {
        var settled = settle(call, vm, wait);
        call.answer(settled.isPresent() ? 200 : 202, whole(call, settled.orElse(vm)));
    }

    /// The VM once it rests, if that was asked for and happens in time.
    private Optional<Vm> settle(Call call, Vm vm, Optional<Duration> wait) throws Exception {
        if (wait.isEmpty()) {
            return Optional.empty();
        }
        var then =
                call.waiting(() -> vms.awaitRest(vm.id(), wait.get()))
                        .orElseThrow(() ->
                                CoveException.notFound(
                                        "VM \"" + vm.name() + "\" was destroyed meanwhile"));
        return then.atRest() || then.state() == VmState.FAILED
                ? Optional.of(then)
                : Optional.empty();
    }

    private Vm find(Call call) {
        return vms.find(call.caller(), call.path("vm"));
    }

    private Views.Whole whole(Call call, Vm vm) {
        return Views.Whole.of(
                vm,
                call.caller().administrator() ? Optional.of(paths.of(vm.id())) : Optional.empty());
    }
}

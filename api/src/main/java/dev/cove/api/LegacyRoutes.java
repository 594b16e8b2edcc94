package dev.cove.api;

import dev.cove.core.Caller;
import dev.cove.core.CoveException;
import dev.cove.core.Labels;
import dev.cove.core.Name;
import dev.cove.core.Owner;
import dev.cove.core.SshKey;
import dev.cove.core.Vm;
import dev.cove.core.control.NewVm;
import dev.cove.core.control.Vms;
import java.util.List;
import java.util.Optional;

/// `/vms`: the paths of older daemons, for clients that were written for those. They take any
/// content type and unknown fields.
final class LegacyRoutes {
    private final Vms vms;

    LegacyRoutes(Vms vms) {
        this.vms = vms;
    }

    void register(Routes routes) {
        routes.post("/vms", this::create);
        routes.get(
                "/vms",
                call -> call.answer(200, vms.list(call.caller()).stream().map(Old::of).toList()));
        routes.get("/vms/{id}", call -> call.answer(200, Old.of(find(call))));
        routes.delete(
                "/vms/{id}",
                call -> {
                    call.answer(202, Old.of(vms.destroy(call.caller(), call.path("id"))));
                });
        routes.get("/vms/{id}/ssh", this::ssh);
        routes.post(
                "/vms/{id}/start",
                call -> call.answer(202, Old.of(vms.start(call.caller(), call.path("id")))));
        routes.post(
                "/vms/{id}/stop",
                call ->
                        call.answer(
                                202,
                                Old.of(
                                        vms.stop(
                                                call.caller(),
                                                call.path("id"),
                                                vms.usualGrace()))));
    }

    private void create(Call call) throws Exception {
        var fields = Fields.lenient(call.body());
        var keys = fields.text("ssh_public_key").map(SshKey::parse).map(List::of).orElse(List.of());
        var usual = NewVm.usual();
        var wanted =
                new NewVm(
                        fields.text("name").map(Name::new),
                        usual.image(),
                        usual.cpus(),
                        usual.memory(),
                        usual.disk(),
                        usual.vmm(),
                        keys,
                        Labels.NONE,
                        true,
                        false,
                        Optional.empty());
        var vm = vms.create(owner(call.caller(), fields.text("user_id")), wanted);
        call.created("/vms/" + vm.id(), 201, Old.of(vm));
    }

    /// An administrator makes VMs for others, whom `user_id` names.
    private static Caller owner(Caller caller, Optional<String> user) {
        var owner = user.map(Owner::new).orElse(caller.owner());
        if (!caller.maySee(owner)) {
            throw CoveException.denied(
                    "a VM for " + owner + " is made by " + owner + " or an administrator");
        }
        return new Caller(owner, caller.administrator());
    }

    private void ssh(Call call) {
        var vm = find(call);
        call.answer(200, Views.Ssh.of(vms.guest(call.caller(), vm.id().text()), vm.name()));
    }

    private Vm find(Call call) {
        return vms.find(call.caller(), call.path("id"));
    }

    /// A VM in the words of then.
    record Old(
            String id,
            String name,
            String status,
            String user_id,
            Optional<String> ip,
            int vcpus,
            long memory_mb,
            java.time.Instant created_at) {
        static Old of(Vm vm) {
            return new Old(
                    vm.id().text(),
                    vm.name().text(),
                    vm.state().toString(),
                    vm.spec().owner().text(),
                    vm.status().address().map(Object::toString),
                    vm.spec().shape().cpus(),
                    vm.spec().shape().memory().toMebibytes(),
                    Views.rounded(vm.spec().created()));
        }
    }
}

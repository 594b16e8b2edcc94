package dev.cove.core.control;

import static dev.cove.testkit.FakeDaemon.ROOT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cove.core.Bytes;
import dev.cove.core.Finding;
import dev.cove.core.Origin;
import dev.cove.core.Vm;
import dev.cove.core.VmState;
import dev.cove.core.port.Store;
import dev.cove.testkit.FakeDaemon;
import dev.cove.testkit.MemoryStore;
import dev.cove.testkit.ReferenceCodec;
import dev.cove.testkit.World;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/// What is left standing when something else falls.
class TroubleTest {
    private static final Duration LIMIT = Duration.ofSeconds(10);

    private final World world = new World();
    private final MemoryStore store = new MemoryStore();
    private final ReferenceCodec codec = new ReferenceCodec();

    @Test
    void goesOnWithAVmAfterTheHostCouldNotBeLookedAt() throws Exception {
        var failedOnce = new AtomicBoolean();
        world.trouble((act, done) -> {
            if (act.equals("Disks.size") && failedOnce.compareAndSet(false, true)) {
                throw new IllegalStateException("the disk does not answer");
            }
        });
        try (var daemon = FakeDaemon.start(world, store, codec)) {
            var vm = daemon.vms().create(ROOT, NewVm.usual());

            assertThat(atRest(daemon, vm).state()).isEqualTo(VmState.RUNNING);
            assertThat(failedOnce).isTrue();
        }
    }

    @Test
    void servesTheOthersWhenAMachineCanNeitherBeAdoptedNorEnded() throws Exception {
        try (var first = FakeDaemon.start(world, store, codec)) {
            atRest(first, first.vms().create(ROOT, NewVm.usual()));
            atRest(first, first.vms().create(ROOT, NewVm.usual()));
        }
        var adoptions = new AtomicInteger();
        world.trouble((act, done) -> {
            if (act.equals("Vmm.adopt") && !done && adoptions.getAndIncrement() == 0) {
                throw new IllegalStateException("its monitor does not answer");
            }
            if (act.equals("Vmm.sweep") && !done) {
                throw new IllegalStateException("it does not go away");
            }
        });

        try (var second = FakeDaemon.start(world, store.reopened(), codec)) {
            var any = second.vms().list(ROOT).getFirst().id();
            second.vms().await(any, _ -> states(second).contains(VmState.FAILED), LIMIT);
            assertThat(states(second)).containsExactlyInAnyOrder(VmState.FAILED, VmState.RUNNING);
            assertThat(second.keeper().examine())
                    .extracting(Finding::says)
                    .anyMatch(says -> says.contains("does not answer"))
                    .anyMatch(says -> says.contains("does not go away"));
        }
    }

    @Test
    void sweepsNothingOfAVmWhoseSpecIsLostWithItsKey() throws Exception {
        Vm vm;
        try (var first = FakeDaemon.start(world, store, codec)) {
            vm = atRest(first, first.vms().create(ROOT, NewVm.usual()));
        }
        store.commit(List.of(), List.of(new Store.Write.Delete("spec/" + vm.id())));
        var before = world.pids();

        try (var second = FakeDaemon.start(world, store.reopened(), codec)) {
            assertThat(world.pids()).isEqualTo(before);
            assertThat(world.disks()).containsOnly(vm.id());
            assertThat(second.keeper().examine())
                    .anySatisfy(f -> assertThat(f.subject()).contains(vm.id().text()));
        }
    }

    /// A daemon that comes back plugs in again what runs. That the firewall is busy then is no
    /// reason to take a running VM for a fork of a template that came to nothing.
    @Test
    void endsNoForkInUseBecauseItCouldNotBePluggedInAgain() throws Exception {
        var templates = new Templates.Settings(true, 0, Bytes.gibibytes(4), Bytes.gibibytes(4));
        Vm web;
        try (var first = FakeDaemon.start(world, store, codec, templates)) {
            atRest(first, first.vms().create(ROOT, NewVm.usual()));
            await().atMost(LIMIT)
                    .until(() -> {
                        first.control().templates().tend();
                        return !first.control().templates().shelf().all().isEmpty();
                    });
            web = atRest(first, first.vms().create(ROOT, NewVm.usual()));
            assertThat(web.origin()).contains(Origin.TEMPLATE);
        }
        var mind = world.mind(web.id());
        var failures = new AtomicInteger();
        world.trouble((act, done) -> {
            if (act.equals("Network.attach") && !done && failures.getAndIncrement() < 2) {
                throw new IllegalStateException("the firewall is busy");
            }
        });

        try (var second = FakeDaemon.start(world, store.reopened(), codec)) {
            await().atMost(LIMIT).until(() -> failures.get() > 3);
            assertThat(atRest(second, web).state()).isEqualTo(VmState.RUNNING);
        }

        assertThat(world.mind(web.id())).isEqualTo(mind);
        assertThat(world.disks()).contains(web.id());
    }

    private static List<VmState> states(FakeDaemon daemon) {
        return daemon.vms().list(ROOT).stream().map(Vm::state).toList();
    }

    private static Vm atRest(FakeDaemon daemon, Vm vm) throws InterruptedException {
        return daemon.vms().awaitRest(vm.id(), LIMIT).orElseThrow();
    }
}

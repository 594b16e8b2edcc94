package dev.cove.core.control;

import static dev.cove.testkit.FakeDaemon.ROOT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.cove.core.Bytes;
import dev.cove.core.Caller;
import dev.cove.core.CoveException;
import dev.cove.core.CoveException.Kind;
import dev.cove.core.Event;
import dev.cove.core.Labels;
import dev.cove.core.Name;
import dev.cove.core.Owner;
import dev.cove.core.Vm;
import dev.cove.core.VmState;
import dev.cove.testkit.FakeDaemon;
import dev.cove.testkit.MemoryStore;
import dev.cove.testkit.ReferenceCodec;
import dev.cove.testkit.Wanted;
import dev.cove.testkit.World;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class VmsTest {
    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final Caller ADA = new Caller(new Owner("ada"), false);
    private static final Caller BOB = new Caller(new Owner("bob"), false);

    private final FakeDaemon daemon = FakeDaemon.start();
    private final Vms vms = daemon.vms();

    @AfterEach
    void close() {
        daemon.close();
    }

    @Test
    void bringsAVmUpAndTellsHowLongEachStepTook() throws Exception {
        var vm = atRest(vms.create(ROOT, Wanted.named("web")));

        assertThat(vm.state()).isEqualTo(VmState.RUNNING);
        assertThat(vm.status().address())
                .hasValueSatisfying(a -> assertThat(a).hasToString("10.100.0.10"));
        assertThat(vm.status().timings())
                .containsOnlyKeys("lease", "disk", "network", "launch", "guest", "ssh", "total");
        assertThat(daemon.world().pids()).containsOnlyKeys(vm.id());
    }

    @Test
    void givesAVmWithoutANameAPleasantOne() {
        assertThat(vms.create(ROOT, NewVm.usual()).name().text()).matches("[a-z]+-[a-z]+");
    }

    @Test
    void stopsStartsAndRestartsWithTheSameAddressAndDisk() throws Exception {
        var vm = atRest(vms.create(ROOT, Wanted.named("web")));
        var first = daemon.world().pids().get(vm.id());

        assertThat(atRest(vms.stop(ROOT, "web", LIMIT)).state()).isEqualTo(VmState.STOPPED);
        assertThat(daemon.world().pids()).isEmpty();
        assertThat(daemon.world().taps()).isEmpty();
        assertThat(daemon.world().disks()).containsOnly(vm.id());
        var again = atRest(vms.start(ROOT, "web"));
        var restarted = atRest(vms.restart(ROOT, "web", LIMIT));

        assertThat(again.status().address()).isEqualTo(vm.status().address());
        assertThat(restarted.state()).isEqualTo(VmState.RUNNING);
        assertThat(daemon.world().pids().get(vm.id())).isNotEqualTo(first);
    }

    @Test
    void startsAVmThatRunsNoSecondTime() throws Exception {
        var vm = atRest(vms.create(ROOT, Wanted.named("web")));
        var pid = daemon.world().pids().get(vm.id());

        atRest(vms.start(ROOT, "web"));

        assertThat(daemon.world().pids().get(vm.id())).isEqualTo(pid);
    }

    @Test
    void leavesNothingOfADestroyedVm() throws Exception {
        var vm = atRest(vms.create(ROOT, Wanted.named("web")));

        vms.destroy(ROOT, "web");

        assertThat(vms.await(vm.id(), _ -> false, LIMIT)).isEmpty();
        var world = daemon.world();
        assertThat(world.pids()).isEmpty();
        assertThat(world.taps()).isEmpty();
        assertThat(world.disks()).isEmpty();
        assertThat(world.folders()).isEmpty();
        assertThat(atRest(vms.create(ROOT, Wanted.named("web"))).status().address())
                .isEqualTo(vm.status().address());
    }

    @Test
    void noticesThatAGuestHasTurnedItselfOff() throws Exception {
        var vm = atRest(vms.create(ROOT, Wanted.named("web")));

        daemon.world().powerOff(vm.id());
        daemon.keeper().wake(vm);

        assertThat(until(vm, VmState.STOPPED).spec().power())
                .isEqualTo(dev.cove.core.Power.STOPPED);
    }

    @Test
    void saysWhyAVmFailedAndStartsItAgainWhenAsked() throws Exception {
        var vm = atRest(vms.create(ROOT, Wanted.named("web")));

        daemon.world().die(vm.id());
        daemon.keeper().wake(vm);

        var failed = until(vm, VmState.FAILED);
        assertThat(failed.status().reason())
                .hasValueSatisfying(r -> assertThat(r).contains("cove start web"));
        assertThat(atRest(vms.start(ROOT, "web")).state()).isEqualTo(VmState.RUNNING);
    }

    @Test
    void saysThatAVmDiedWhenMemoryHadRunOut() throws Exception {
        var other = atRest(vms.create(ROOT, Wanted.named("other")));
        daemon.world().starve(other.id());
        daemon.keeper().wake(other);
        var web = atRest(vms.create(ROOT, Wanted.named("web")));
        daemon.world().die(web.id());
        daemon.keeper().wake(web);

        assertThat(until(other, VmState.FAILED).status().reason())
                .hasValueSatisfying(r -> assertThat(r).contains("want of memory", "dmesg"));
        assertThat(until(web, VmState.FAILED).status().reason())
                .as("it ran out before this one began")
                .hasValueSatisfying(r -> assertThat(r).doesNotContain("memory"));
    }

    @Test
    void tellsWhyALaunchFailedWhileItIsTakenDown() throws Exception {
        var said = new CompletableFuture<Vm>();
        daemon.world()
                .trouble((act, done) -> {
                    if (act.equals("Boot.awaitWord")) {
                        throw CoveException.unavailable("the guest said nothing in 120 s");
                    }
                    if (act.equals("Machine.kill")) {
                        said.complete(vms.find(ROOT, "web"));
                    }
                });

        vms.create(ROOT, Wanted.named("web"));

        var seen = said.get(10, TimeUnit.SECONDS).status();
        assertThat(seen.state()).isEqualTo(VmState.FAILED);
        assertThat(seen.reason()).hasValueSatisfying(r -> assertThat(r).contains("said nothing"));
    }

    @Test
    void boundsWhatAGuestMaySayInTheReasonOfItsFailure() throws Exception {
        daemon.world()
                .trouble((act, done) -> {
                    if (act.equals("GuestShell.awaitCommand")) {
                        throw CoveException.unavailable("it said \u001b[2J" + "x".repeat(100_000));
                    }
                });

        var reason = atRest(vms.create(ROOT, Wanted.named("web"))).status().reason().orElseThrow();

        assertThat(reason).hasSizeLessThan(5_000).startsWith("it said ").doesNotContain("\u001b");
    }

    @Test
    void startsAFailedVmOnceThoughItIsAskedToTwice() throws Exception {
        var vm = atRest(vms.create(ROOT, Wanted.named("web")));
        daemon.world().die(vm.id());
        daemon.keeper().wake(vm);
        until(vm, VmState.FAILED);
        daemon.world()
                .trouble((act, done) -> {
                    if (act.equals("Vmm.launch") && !done) {
                        assertThat(vms.start(ROOT, "web").spec().launches()).isEqualTo(2);
                    }
                });

        vms.start(ROOT, "web");

        var again = atRest(vm);
        assertThat(again.state()).isEqualTo(VmState.RUNNING);
        assertThat(again.spec().launches()).isEqualTo(2);
    }

    @Test
    void takesAFailedLaunchDownAgain() throws Exception {
        daemon.world()
                .trouble((act, done) -> {
                    if (act.equals("Boot.awaitWord")) {
                        throw CoveException.unavailable("the guest said nothing in 120 s");
                    }
                });

        var vm = atRest(vms.create(ROOT, Wanted.named("web")));

        assertThat(vm.state()).isEqualTo(VmState.FAILED);
        assertThat(vm.status().reason())
                .hasValueSatisfying(r -> assertThat(r).contains("said nothing"));
        vms.await(vm.id(), _ -> daemon.world().taps().isEmpty(), LIMIT);
        assertThat(daemon.world().pids()).isEmpty();
        assertThat(daemon.world().disks()).containsOnly(vm.id());
    }

    @Test
    void refusesWhatContradictsWhatIsThere() {
        vms.create(ROOT, Wanted.named("web"));

        refused(Kind.CONFLICT, "cove destroy -f web", () -> vms.create(ROOT, Wanted.named("web")));
        refused(Kind.NOT_FOUND, "did you mean \"web\"?", () -> vms.find(ROOT, "wbe"));
        refused(
                Kind.NOT_FOUND,
                "did you mean \"debian\"?",
                () -> vms.create(ROOT, Wanted.of("debain")));
        refused(
                Kind.INVALID,
                "100 CPUs",
                () -> vms.create(ROOT, Wanted.sized(100, Bytes.mebibytes(256))));
        refused(
                Kind.INVALID,
                "memory",
                () -> vms.create(ROOT, Wanted.sized(1, Bytes.gibibytes(64))));
        assertThat(vms.list(ROOT)).hasSize(1);
    }

    @Test
    void listsByNameAndTheSameObjectsUntilOneChanges() throws Exception {
        atRest(vms.create(ROOT, Wanted.named("b")));
        atRest(vms.create(ROOT, Wanted.named("a")));
        var before = vms.list(ROOT);

        vms.label(ROOT, "b", new Labels(Map.of("k", "v")));

        var after = vms.list(ROOT);
        assertThat(after).extracting(vm -> vm.name().text()).containsExactly("a", "b");
        assertThat(after.getFirst()).isSameAs(before.getFirst());
        assertThat(after.getLast().spec().labels()).isEqualTo(new Labels(Map.of("k", "v")));
    }

    @Test
    void keepsTheNameOfARenamedVmForItAndFreesTheOldOne() throws Exception {
        var vm = atRest(vms.create(ROOT, Wanted.named("web")));

        vms.rename(ROOT, "web", new Name("shop"));

        assertThat(vms.find(ROOT, "shop").id()).isEqualTo(vm.id());
        refused(Kind.NOT_FOUND, "web", () -> vms.find(ROOT, "web"));
        assertThat(vms.create(ROOT, Wanted.named("web")).id()).isNotEqualTo(vm.id());
        refused(Kind.CONFLICT, "shop", () -> vms.rename(ROOT, "web", new Name("shop")));
    }

    @Test
    void killsAGuestThatDoesNotShutDownWhenItsTimeIsUpThoughItIsAskedAgainAndAgain()
            throws Exception {
        var vm = atRest(vms.create(ROOT, Wanted.named("web")));
        daemon.world().deafen(vm.id());

        var stopped = false;
        for (var until = System.nanoTime() + LIMIT.toNanos();
                !stopped && System.nanoTime() < until; ) {
            vms.stop(ROOT, "web", Duration.ofMillis(500));
            stopped =
                    vms.await(vm.id(), v -> v.state() == VmState.STOPPED, Duration.ofMillis(100))
                            .orElseThrow()
                            .state()
                            .equals(VmState.STOPPED);
        }

        assertThat(stopped).isTrue();
    }

    @Test
    void tellsTheEventsOfAVmToItsOwnerAloneWhateverTheyAreCalled() throws Exception {
        var told = new CopyOnWriteArrayList<Event>();
        try (var _ = daemon.events().subscribe(BOB, OptionalLong.empty(), told::add)) {
            for (var owner : List.of("ada", "cove", "root")) {
                atRest(vms.create(new Caller(new Owner(owner), false), Wanted.named(owner)));
            }
            daemon.events().publish("image.ready", "debian", java.util.Map.of());
        }

        assertThat(told).extracting(Event::subject).containsExactly("debian");
    }

    @Test
    void hidesTheVmsOfOthers() {
        var hers = vms.create(ADA, Wanted.named("web"));

        assertThat(vms.list(ADA)).extracting(Vm::id).containsExactly(hers.id());
        assertThat(vms.list(BOB)).isEmpty();
        assertThat(vms.list(ROOT)).hasSize(1);
        refused(Kind.NOT_FOUND, "web", () -> vms.find(BOB, "web"));
        refused(Kind.NOT_FOUND, hers.id().text(), () -> vms.destroy(BOB, hers.id().text()));
    }

    @Test
    void adoptsWhatRunsAfterARestartAndLosesNoLabel() throws Exception {
        var world = new World();
        var store = new MemoryStore();
        var codec = new ReferenceCodec();
        var labels = new Labels(java.util.Map.of("team", "ci"));
        try (var first = FakeDaemon.start(world, store, codec)) {
            var vm = first.vms().create(ROOT, Wanted.named("web"));
            first.vms().awaitRest(vm.id(), LIMIT);
            first.vms().label(ROOT, "web", labels);
        }
        var before = world.pids();

        try (var second = FakeDaemon.start(world, store.reopened(), codec)) {
            var vm = second.vms().find(ROOT, "web");
            second.vms().awaitRest(vm.id(), LIMIT);

            assertThat(second.vms().find(ROOT, "web").state()).isEqualTo(VmState.RUNNING);
            assertThat(second.vms().find(ROOT, "web").spec().labels()).isEqualTo(labels);
            assertThat(world.pids()).isEqualTo(before);
        }
    }

    @Test
    void leavesAVmAloneWhoseRecordIsDamagedAndServesTheOthers() throws Exception {
        var world = new World();
        var store = new MemoryStore();
        var codec = new ReferenceCodec();
        Vm damaged;
        try (var first = FakeDaemon.start(world, store, codec)) {
            damaged = first.vms().create(ROOT, Wanted.named("web"));
            first.vms().awaitRest(damaged.id(), LIMIT);
            var other = first.vms().create(ROOT, Wanted.named("shop"));
            first.vms().awaitRest(other.id(), LIMIT);
        }
        store.spoil("spec/" + damaged.id());
        var before = world.pids();

        try (var second = FakeDaemon.start(world, store.reopened(), codec)) {
            assertThat(second.vms().list(ROOT))
                    .extracting(v -> v.name().text())
                    .containsExactly("shop");
            assertThat(world.pids()).isEqualTo(before);
            assertThat(second.keeper().examine())
                    .anySatisfy(f -> assertThat(f.subject()).contains(damaged.id().text()));
        }
    }

    private Vm atRest(Vm vm) throws InterruptedException {
        return vms.awaitRest(vm.id(), LIMIT).orElseThrow();
    }

    private Vm until(Vm vm, VmState state) throws InterruptedException {
        var found = vms.await(vm.id(), v -> v.state() == state, LIMIT).orElseThrow();
        assertThat(found.state()).isEqualTo(state);
        return found;
    }

    private static void refused(Kind kind, String words, ThrowingCallable code) {
        assertThatExceptionOfType(CoveException.class)
                .isThrownBy(code)
                .withMessageContaining(words)
                .satisfies(e -> assertThat(e.kind()).isEqualTo(kind));
    }
}

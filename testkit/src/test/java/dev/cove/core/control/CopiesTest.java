package dev.cove.core.control;

import static dev.cove.testkit.FakeDaemon.ROOT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import dev.cove.core.Bytes;
import dev.cove.core.Caller;
import dev.cove.core.CoveException;
import dev.cove.core.CoveException.Kind;
import dev.cove.core.Event;
import dev.cove.core.Name;
import dev.cove.core.Origin;
import dev.cove.core.Owner;
import dev.cove.core.Role;
import dev.cove.core.Snapshot;
import dev.cove.core.Vm;
import dev.cove.core.VmId;
import dev.cove.core.VmState;
import dev.cove.testkit.FakeDaemon;
import dev.cove.testkit.MemoryStore;
import dev.cove.testkit.ReferenceCodec;
import dev.cove.testkit.Wanted;
import dev.cove.testkit.World;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Forks, snapshots, sleep and templates. What is in a guest's memory is its mind here: a boot
/// makes a new one, whatever goes on keeps it.
class CopiesTest {
    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final Caller ADA = new Caller(new Owner("ada"), false);
    private static final Caller BOB = new Caller(new Owner("bob"), false);

    private final World world = new World();
    private final FakeDaemon daemon =
            FakeDaemon.start(
                    world,
                    new MemoryStore(),
                    new ReferenceCodec(),
                    new Templates.Settings(true, 1, Bytes.gibibytes(4), Bytes.gibibytes(4)));
    private final Vms vms = daemon.vms();
    private final Copies copies = daemon.control().copies();
    private final Templates templates = daemon.control().templates();

    @AfterEach
    void close() {
        daemon.close();
    }

    @Test
    void forksGoOnFromTheSameMomentAndTheOriginalToo() throws Exception {
        var web = running(booted("web"));
        var mind = mind(web);

        var forked = copies.fork(ADA, "web", List.of(Wanted.named("web-1"), Wanted.named("web-2")));

        assertThat(forked.vms()).extracting(vm -> mind(running(vm))).containsOnly(mind);
        assertThat(forked.standstill()).isPositive();
        assertThat(mind(web)).isEqualTo(mind);
        assertThat(world.mind(web.id())).contains(mind);
        assertThat(addresses(ADA)).doesNotHaveDuplicates();
    }

    @Test
    void keepsNothingOfAForkOnceItRuns() throws Exception {
        booted("web");
        var fork = copies.fork(ADA, "web", List.of(Wanted.named("web-1"))).vms().getFirst();
        running(fork);

        daemon.control().passing().tidy();

        assertThat(kinds()).isEmpty();
    }

    @Test
    void forksAllOrNone() throws Exception {
        booted("web");
        booted("web-2");

        refused(
                Kind.CONFLICT,
                "web-2",
                () ->
                        copies.fork(
                                ADA, "web", List.of(Wanted.named("web-1"), Wanted.named("web-2"))));

        assertThat(vms.list(ADA)).hasSize(2);
        assertThat(kinds()).isEmpty();
    }

    @Test
    void doesNotForkForWhomItDoesNotBelongTo() throws Exception {
        booted("web");

        refused(
                Kind.NOT_FOUND,
                "web",
                () -> copies.fork(BOB, "web", List.of(Wanted.named("mine"))));
    }

    @Test
    void doesNotStartACopyFromTheImageWhoseDiskCouldNotBeMade() throws Exception {
        booted("web");
        failOnce("Disks.restore");
        var fork = copies.fork(ADA, "web", List.of(Wanted.named("web-1"))).vms().getFirst();
        assertThat(rest(fork).state()).isEqualTo(VmState.FAILED);

        refused(Kind.CONFLICT, "cove destroy web-1", () -> vms.start(ADA, "web-1"));
        refused(
                Kind.CONFLICT,
                "could not be copied",
                () -> vms.restart(ADA, "web-1", Duration.ZERO));

        assertThat(world.disks()).doesNotContain(fork.id());
    }

    @Test
    void saysWhyAForkFailedAndLeavesTheOriginalAsItWas() throws Exception {
        var web = booted("web");
        var mind = mind(web);
        failOnce("Machine.save");

        refused(
                Kind.UNAVAILABLE,
                "Machine.save",
                () -> copies.fork(ADA, "web", List.of(Wanted.named("web-1"))));

        assertThat(world.mind(web.id())).contains(mind);
        assertThat(running(vms.find(ADA, "web")).state()).isEqualTo(VmState.RUNNING);
        assertThat(world.drafts()).isEmpty();
    }

    @Test
    void restoresWhatItWas() throws Exception {
        var web = booted("web");
        var mind = mind(web);
        copies.snapshot(ADA, "web", Optional.of(new Name("before")));
        running(vms.restart(ADA, "web", Duration.ZERO));
        assertThat(mind(web)).isNotEqualTo(mind);

        running(copies.restore(ADA, "web", new Name("before"), false));

        assertThat(mind(web)).isEqualTo(mind);
        assertThat(copies.list(ADA, "web")).hasSize(1);
    }

    @Test
    void makesANewVmOfASnapshotOfAStoppedOne() throws Exception {
        booted("web");
        rest(vms.stop(ADA, "web", Duration.ZERO));
        var snapshot = copies.snapshot(ADA, "web", Optional.empty());
        assertThat(snapshot.moment()).isEmpty();

        var copy = copies.create(ADA, "web", snapshot.name(), Wanted.named("copy"));

        assertThat(running(copy).status().timings()).containsKeys("disk", "guest");
    }

    @Test
    void deletesTheSnapshotsOfAVmWithIt() throws Exception {
        booted("web");
        copies.snapshot(ADA, "web", Optional.of(new Name("one")));

        vms.destroy(ADA, "web");

        await().atMost(LIMIT).untilAsserted(() -> assertThat(kinds()).isEmpty());
    }

    @Test
    void sleepsWithoutAMachineAndWakesAsItWas() throws Exception {
        var web = booted("web");
        var mind = mind(web);
        var address = web.status().address();

        assertThat(rest(vms.sleep(ADA, "web")).state()).isEqualTo(VmState.ASLEEP);
        assertThat(world.pids()).isEmpty();
        assertThat(world.taps()).isEmpty();

        var awake = running(vms.start(ADA, "web"));
        assertThat(mind(awake)).isEqualTo(mind);
        assertThat(awake.status().address()).isEqualTo(address);
        assertThat(kinds()).isEmpty();
    }

    @Test
    void wakesAsItWasWhenItIsWantedWhileItFallsAsleep() throws Exception {
        var web = booted("web");
        var mind = mind(web);
        var acts = List.of("Boot.greet", "Snapshots.keep", "Machine.kill", "Network.detach");
        for (var moment : acts) {
            var asked = new AtomicBoolean();
            world.trouble((act, done) -> {
                if (act.equals(moment) && done && asked.compareAndSet(false, true)) {
                    vms.start(ADA, "web");
                }
            });

            vms.sleep(ADA, "web");
            await().atMost(LIMIT).untilTrue(asked);

            assertThat(mind(running(web))).as("asked after %s", moment).isEqualTo(mind);
            await().atMost(LIMIT).untilAsserted(() -> assertThat(kinds()).isEmpty());
        }
    }

    @Test
    void wakesOnceForAllWhoKnock() throws Exception {
        booted("web");
        rest(vms.sleep(ADA, "web"));

        vms.start(ADA, "web");
        var second = running(vms.start(ADA, "web"));

        assertThat(second.spec().launches()).isEqualTo(2);
    }

    @Test
    void runsOnWhenItCannotBePutToSleepAndSaysWhy() throws Exception {
        var web = booted("web");
        var mind = mind(web);
        failOnce("Snapshots.keep");

        vms.sleep(ADA, "web");

        var vm = awaitRest(web.id(), v -> v.status().reason().isPresent());
        assertThat(vm.status().reason().orElseThrow())
                .contains("not put to sleep", "Snapshots.keep");
        assertThat(mind(vm)).isEqualTo(mind);
        assertThat(kinds()).isEmpty();
    }

    @Test
    void sleepsOnWhenItCannotWakeAndCanBeBooted() throws Exception {
        var web = booted("web");
        var mind = mind(web);
        rest(vms.sleep(ADA, "web"));
        failOnce("Vmm.resume");

        vms.start(ADA, "web");

        var vm = awaitRest(web.id(), v -> v.status().reason().isPresent());
        assertThat(vm.state()).isEqualTo(VmState.ASLEEP);
        assertThat(vm.status().reason().orElseThrow()).contains("did not wake", "Vmm.resume");

        assertThat(mind(running(vms.start(ADA, "web", true)))).isNotEqualTo(mind);
        assertThat(kinds()).isEmpty();
    }

    @Test
    void isDestroyedWhileItWakes() throws Exception {
        var web = booted("web");
        rest(vms.sleep(ADA, "web"));

        vms.start(ADA, "web");
        vms.destroy(ADA, "web");

        await().atMost(LIMIT).untilAsserted(() -> assertThat(vms.list(ADA)).isEmpty());
        assertThat(world.pids()).isEmpty();
        assertThat(world.disks()).doesNotContain(web.id());
        assertThat(kinds()).isEmpty();
    }

    @Test
    void staysAsleepWhenTheDaemonComesBack() throws Exception {
        var store = new MemoryStore();
        var codec = new ReferenceCodec();
        var host = new World();
        VmId id;
        try (var first = FakeDaemon.start(host, store, codec)) {
            id = first.vms().create(ADA, Wanted.named("web")).id();
            first.vms().awaitRest(id, LIMIT);
            first.vms().sleep(ADA, "web");
            first.vms().awaitRest(id, LIMIT);
        }
        try (var second = FakeDaemon.start(host, store.reopened(), codec)) {
            assertThat(second.vms().find(ADA, "web").state()).isEqualTo(VmState.ASLEEP);
            second.vms().start(ADA, "web");
            assertThat(second.vms().awaitRest(id, LIMIT).orElseThrow().state())
                    .isEqualTo(VmState.RUNNING);
        }
    }

    @Test
    void makesATemplateOfWhatIsCreatedAndForksTheNext() throws Exception {
        booted("web");
        tendUntil(() -> kinds().contains(Snapshot.Kind.TEMPLATE));

        var next = running(vms.create(ADA, Wanted.named("next")));

        assertThat(next.status().timings()).containsKeys("resume", "identity", "ssh");
        assertThat(vms.list(ROOT))
                .extracting(Vm::name)
                .extracting(Name::text)
                .containsExactlyInAnyOrder("web", "next");
    }

    @Test
    void handsOverOneThatStandsBy() throws Exception {
        var standby = standby();

        var mine = vms.create(ADA, Wanted.named("mine"));

        assertThat(mine.id()).isEqualTo(standby.id());
        assertThat(running(mine).spec().owner()).isEqualTo(ADA.owner());
        assertThat(mine.spec().role()).isEqualTo(Role.GUEST);
        assertThat(running(mine).status().timings())
                .containsKeys("identity", "ssh", "total")
                .doesNotContainKey("resume");
        assertThat(world.plugged()).contains(mine.id());
        assertThat(running(mine).origin()).contains(Origin.STANDBY);
    }

    @Test
    void tellsNobodyOfOneThatStandsByAndItsOwnerOfOneThatIsTheirs() throws Exception {
        var told = new CopyOnWriteArrayList<Event>();
        var cove = new Caller(new Owner("cove"), false);
        try (var _ = daemon.events().subscribe(cove, OptionalLong.empty(), told::add);
                var _ = daemon.events().subscribe(ADA, OptionalLong.empty(), told::add)) {
            standby();
            assertThat(told).extracting(e -> e.details().get("name")).containsOnly("web", "uses");
            told.clear();

            running(vms.create(ADA, Wanted.named("mine")));
        }

        assertThat(told.getFirst().type()).isEqualTo("vm.created");
        assertThat(told).extracting(e -> e.details().get("name")).containsOnly("mine");
    }

    @Test
    void givesOneThatStandsByToOneOfTwo() throws Exception {
        var standby = standby();

        var one = CompletableFuture.supplyAsync(() -> vms.create(ADA, Wanted.named("one")));
        var other = CompletableFuture.supplyAsync(() -> vms.create(BOB, Wanted.named("other")));

        assertThat(List.of(one.join().id(), other.join().id()))
                .doesNotHaveDuplicates()
                .contains(standby.id());
    }

    @Test
    void keepsOneThatStandsByOutOfSight() throws Exception {
        var standby = standby();

        assertThat(vms.list(ROOT)).extracting(Vm::id).doesNotContain(standby.id());
        refused(Kind.NOT_FOUND, "no VM", () -> vms.find(ROOT, standby.id().text()));
        assertThat(world.plugged()).doesNotContain(standby.id());
    }

    @Test
    void bootsOnceWhenItsTemplateDoesNotWorkAndSaysSo() throws Exception {
        booted("web");
        tendUntil(() -> kinds().contains(Snapshot.Kind.TEMPLATE));
        failOnce("Boot.become");

        var next = running(vms.create(ADA, Wanted.named("next")));

        assertThat(next.status().timings()).containsKeys("launch", "guest");
        assertThat(next.status().reason().orElseThrow()).contains("template", "Boot.become");
    }

    @Test
    void makesATemplateAnewThatDidNotWorkTwice() throws Exception {
        booted("web");
        tendUntil(() -> kinds().contains(Snapshot.Kind.TEMPLATE));
        var template = templates.shelf().all().getFirst();
        for (var name : List.of("one", "two")) {
            failOnce("Boot.become");
            running(vms.create(ADA, Wanted.named(name)));
        }

        templates.tend();

        assertThat(templates.shelf().all()).doesNotContain(template);
    }

    @Test
    void letsAGuestGoOnThatAFailedSaveLeftStandingStill() throws Exception {
        var web = woken("web");
        var mind = mind(web);
        var proceeds = new AtomicInteger();
        world.trouble((act, done) -> {
            var fails =
                    switch (act) {
                        case "Machine.save", "Machine.goOn" -> true;
                        case "Machine.proceed" -> proceeds.getAndIncrement() < 3;
                        default -> false;
                    };
            if (fails && !done) {
                throw CoveException.unavailable(act + " failed");
            }
        });

        refused(
                Kind.UNAVAILABLE,
                "Machine.save",
                () -> copies.fork(ADA, "web", List.of(Wanted.named("web-1"))));

        await().atMost(LIMIT).until(() -> proceeds.get() > 4);
        assertThat(mind(running(web))).isEqualTo(mind);
        assertThat(world.isStill(web.id())).isFalse();
    }

    @Test
    void forksNoGuestThatDoesNotListen() throws Exception {
        var web = booted("web");
        var mind = mind(web);
        failOnce("Boot.greet");

        refused(
                Kind.UNAVAILABLE,
                "Boot.greet",
                () -> copies.fork(ADA, "web", List.of(Wanted.named("web-1"))));

        assertThat(mind(running(web))).isEqualTo(mind);
        assertThat(vms.list(ADA)).hasSize(1);
        assertThat(kinds()).isEmpty();
    }

    @Test
    void putsNoGuestToSleepThatDoesNotListen() throws Exception {
        var web = booted("web");
        var mind = mind(web);
        failOnce("Boot.greet");

        vms.sleep(ADA, "web");

        var vm = awaitRest(web.id(), v -> v.status().reason().isPresent());
        assertThat(vm.status().reason().orElseThrow()).contains("not put to sleep", "Boot.greet");
        assertThat(mind(vm)).isEqualTo(mind);
    }

    @Test
    void refusesColdlyWhatIsWantedCold() throws Exception {
        booted("web");
        tendUntil(() -> kinds().contains(Snapshot.Kind.TEMPLATE));

        var cold = running(vms.create(ADA, Wanted.cold("cold")));

        assertThat(cold.status().timings()).containsKeys("launch", "guest");
    }

    @Test
    void saysWhyATemplateCouldNotBeMade() throws Exception {
        world.trouble((act, done) -> {
            if (act.equals("Machine.save") && !done) {
                throw CoveException.unavailable("no room for it");
            }
        });
        var prepared =
                CompletableFuture.supplyAsync(() -> {
                    try {
                        return templates.prepare(NewVm.usual());
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                });

        tendUntil(prepared::isDone);

        assertThat(prepared)
                .failsWithin(LIMIT)
                .withThrowableOfType(ExecutionException.class)
                .withMessageContaining("no room for it");
        tendUntil(() -> world.pids().isEmpty());
    }

    @Test
    void dropsATemplateWhoseImageIsGone() throws Exception {
        booted("web");
        tendUntil(() -> kinds().contains(Snapshot.Kind.TEMPLATE));

        daemon.images().remove(new Name("debian"));
        tendUntil(() -> kinds().isEmpty());
    }

    private Vm standby() throws Exception {
        booted("web");
        tendUntil(() -> kinds().contains(Snapshot.Kind.TEMPLATE));
        running(vms.create(ADA, Wanted.named("uses")));
        tendUntil(() -> standing().isPresent());
        return standing().orElseThrow();
    }

    private Optional<Vm> standing() {
        return templates.shelf().all().stream()
                .flatMap(t -> templates.shelf().standing(t).stream())
                .filter(vm -> !world.plugged().contains(vm.id()))
                .findFirst();
    }

    private void tendUntil(Callable<Boolean> done) {
        await().atMost(LIMIT)
                .pollInterval(Duration.ofMillis(5))
                .until(() -> {
                    templates.tend();
                    return done.call();
                });
    }

    private Vm woken(String name) throws InterruptedException {
        booted(name);
        rest(vms.sleep(ADA, name));
        return running(vms.start(ADA, name));
    }

    private Vm booted(String name) throws InterruptedException {
        return running(vms.create(ADA, Wanted.named(name)));
    }

    private Vm running(Vm vm) {
        try {
            var then = rest(vm);
            assertThat(then.state()).as("%s", then).isEqualTo(VmState.RUNNING);
            return then;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private Vm rest(Vm vm) throws InterruptedException {
        return vms.awaitRest(vm.id(), LIMIT).orElseThrow();
    }

    private Vm awaitRest(VmId id, Predicate<Vm> wanted) throws InterruptedException {
        var vm = vms.await(id, v -> v.atRest() && wanted.test(v), LIMIT).orElseThrow();
        assertThat(vm).matches(wanted);
        return vm;
    }

    private long mind(Vm vm) {
        return world.mind(vm.id()).orElseThrow();
    }

    private List<Snapshot.Kind> kinds() {
        return world.snapshots().stream().map(Snapshot::kind).toList();
    }

    private List<Object> addresses(Caller caller) {
        return vms.list(caller).stream().<Object>map(vm -> vm.status().address()).toList();
    }

    private void failOnce(String wanted) {
        var failed = new AtomicBoolean();
        world.trouble((act, done) -> {
            if (act.equals(wanted) && !done && failed.compareAndSet(false, true)) {
                throw CoveException.unavailable(act + " failed");
            }
        });
    }

    private static void refused(Kind kind, String words, ThrowingCallable code) {
        assertThatExceptionOfType(CoveException.class)
                .isThrownBy(code)
                .withMessageContaining(words)
                .satisfies(e -> assertThat(e.kind()).isEqualTo(kind));
    }
}

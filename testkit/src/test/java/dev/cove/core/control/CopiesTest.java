package dev.cove.core.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cove.core.CoveException;
import dev.cove.core.CoveException.Kind;
import dev.cove.core.Name;
import dev.cove.core.VmId;
import dev.cove.core.VmState;
import dev.cove.core.port.Vmm.Sharers;
import dev.cove.testkit.FakeDaemon;
import dev.cove.testkit.MemoryStore;
import dev.cove.testkit.ReferenceCodec;
import dev.cove.testkit.Wanted;
import dev.cove.testkit.World;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Forks, snapshots and sleep.
class CopiesTest extends CopiesStage {
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
    void tellsForksOfOneMomentThatTheyAreSeveral() throws Exception {
        booted("web");

        var several =
                copies.fork(ADA, "web", List.of(Wanted.named("web-1"), Wanted.named("web-2")));
        assertThat(several.vms())
                .extracting(vm -> world.sharers(running(vm).id()))
                .containsOnly(Optional.of(Sharers.SIBLINGS));

        var alone = copies.fork(ADA, "web", List.of(Wanted.named("web-3"))).vms().getFirst();
        assertThat(world.sharers(running(alone).id())).contains(Sharers.NOBODY);
        assertThat(world.sharers(woken("other").id())).contains(Sharers.NOBODY);
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
    void makesNoMoreCopiesThanThereIsMemoryFor() throws Exception {
        booted("web");
        var wanted = IntStream.range(0, 200).mapToObj(i -> Wanted.named("web-" + i)).toList();

        refused(
                Kind.UNAVAILABLE,
                "200 copies of 512M take some 25600M of this machine's memory, and 7168M can be had",
                () -> copies.fork(ADA, "web", wanted));

        assertThat(vms.list(ADA)).hasSize(1);
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
    void saysOfOneThatHasNeverRunThatItHasNoDisk() throws Exception {
        var web = vms.create(ADA, Wanted.notStarted("web"));
        awaitRest(web.id(), vm -> vm.state() == VmState.STOPPED);

        refused(
                Kind.CONFLICT,
                "VM \"web\" has never been started",
                () -> copies.snapshot(ADA, "web", Optional.of(new Name("before"))));
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
    void isNotPutToSleepWhenItIsAboutToStartAnew() throws Exception {
        var web = booted("web");
        var asked = new AtomicBoolean();
        world.trouble((act, done) -> {
            if (act.equals("Snapshots.keep") && asked.compareAndSet(false, true)) {
                vms.restart(ADA, "web", Duration.ZERO);
                refused(Kind.CONFLICT, "about to start anew", () -> vms.sleep(ADA, "web"));
            }
        });

        copies.snapshot(ADA, "web", Optional.of(new Name("before")));

        assertThat(asked).isTrue();
        assertThat(running(web).spec().launches()).isEqualTo(2);
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
        assertThat(vm.status().reason().orElseThrow())
                .contains("did not wake", "Vmm.resume", "cove start --cold web");

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
            // It is shown at work while its tap is looked after.
            assertThat(second.vms().awaitRest(id, LIMIT).orElseThrow().state())
                    .isEqualTo(VmState.ASLEEP);
            second.vms().start(ADA, "web");
            assertThat(second.vms().awaitRest(id, LIMIT).orElseThrow().state())
                    .isEqualTo(VmState.RUNNING);
        }
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
}

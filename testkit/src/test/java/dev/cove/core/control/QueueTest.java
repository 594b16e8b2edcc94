package dev.cove.core.control;

import static dev.cove.testkit.FakeDaemon.ROOT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cove.core.Bytes;
import dev.cove.core.CoveException;
import dev.cove.core.HostKey;
import dev.cove.core.Identity;
import dev.cove.core.Ipv4;
import dev.cove.core.Owner;
import dev.cove.core.Role;
import dev.cove.core.Shape;
import dev.cove.core.Subnet;
import dev.cove.core.Vm;
import dev.cove.core.VmState;
import dev.cove.core.control.VmActor.Turn;
import dev.cove.testkit.FakeDaemon;
import dev.cove.testkit.FakeImages;
import dev.cove.testkit.FakeOutside;
import dev.cove.testkit.MemoryStore;
import dev.cove.testkit.ReferenceCodec;
import dev.cove.testkit.Wanted;
import dev.cove.testkit.World;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Guests get ready one at a time here, and each test takes the turns itself.
class QueueTest {
    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final Identity SOMEBODY =
            new Identity("0".repeat(32), HostKey.random(new SecureRandom()));

    private final World world = new World();
    private final Control control = control();
    private long ticks;

    @Test
    void waitsWhileAnotherGetsReadyAndSaysSo() {
        var one = begun("one");
        var other = waiting("other");

        assertThat(other.state()).isEqualTo(VmState.STARTING);
        assertThat(other.status().step()).contains("waiting for its turn");
        assertThat(world.pids()).containsOnlyKeys(one.id());
        assertThat(world.disks()).contains(other.id());
    }

    @Test
    void goesOnWhenTheOtherIsReadyAndTellsHowLongItWaited() {
        var one = begun("one");
        var other = waiting("other");
        ticks += Duration.ofSeconds(3).toNanos();

        var first = settled(one);
        var second = settled(other);

        assertThat(first.status().timings()).doesNotContainKey("queue");
        assertThat(second.state()).isEqualTo(VmState.RUNNING);
        assertThat(second.status().timings())
                .containsEntry("queue", Duration.ofSeconds(3))
                .containsEntry("total", Duration.ofSeconds(3));
    }

    @Test
    void goesOnBesideOneThatHangs() {
        var hanging = begun("hanging");
        var other = called("other");

        var wait = until(other, Turn.Waiting.class::isInstance);
        ticks += ((Turn.Waiting) wait).atMost().toNanos();

        assertThat(settled(other).state()).isEqualTo(VmState.RUNNING);
        assertThat(look(hanging).state()).isEqualTo(VmState.STARTING);
    }

    @Test
    void goesOnWhenTheOtherHasFailed() {
        var one = begun("one");
        var other = waiting("other");
        failOnce("GuestShell.awaitCommand");

        assertThat(settled(one).state()).isEqualTo(VmState.FAILED);

        assertThat(settled(other).state()).isEqualTo(VmState.RUNNING);
    }

    @Test
    void goesOnWhenTheOtherIsBeingStopped() {
        var one = begun("one");
        var other = waiting("other");
        control.vms().stop(ROOT, "one", Duration.ZERO);

        turn(one);

        assertThat(turn(other)).isInstanceOf(Turn.Moved.class);
    }

    @Test
    void goesAtOnceWhenItIsDestroyedWhileItWaitsAndLetsTheNextPass() {
        var one = begun("one");
        var other = waiting("other");
        var third = waiting("third");

        control.vms().destroy(ROOT, "other");
        until(other, Turn.Finished.class::isInstance);
        settled(one);

        assertThat(settled(third).state()).isEqualTo(VmState.RUNNING);
        assertThat(world.disks()).doesNotContain(other.id());
    }

    @Test
    void letsTheNextPassWhileTheHostOfTheFirstCannotBeLookedAt() {
        var one = begun("one");
        var other = waiting("other");
        var third = waiting("third");
        failOnce("Disks.size");

        assertThat(turn(other)).isInstanceOf(Turn.Troubled.class);
        settled(one);

        assertThat(settled(third).state()).isEqualTo(VmState.RUNNING);
        assertThat(settled(other).state()).isEqualTo(VmState.RUNNING);
    }

    @Test
    void letsAVmThatSomebodyWaitsForGoBeforeAHiddenOne() {
        settled(control.vms().create(ROOT, Wanted.named("web")));
        control.templates().tend();
        var one = begun("one");
        var hidden =
                control.book().all().stream()
                        .filter(vm -> vm.spec().role() == Role.TEMPLATE)
                        .findFirst()
                        .orElseThrow();
        until(hidden, Turn.Waiting.class::isInstance);
        var other = waiting("other");

        settled(one);

        assertThat(turn(hidden)).isInstanceOf(Turn.Waiting.class);
        assertThat(turn(other)).isInstanceOf(Turn.Moved.class);
    }

    @Test
    void putsAVmToSleepWhileAnotherGetsReady() {
        var web = settled(called("web"));
        var one = begun("one");
        control.vms().sleep(ROOT, "web");

        assertThat(settled(web).state()).isEqualTo(VmState.ASLEEP);
        assertThat(look(one).state()).isEqualTo(VmState.STARTING);
    }

    /// With actors that run by themselves: were one not called, it would wait out the patience.
    @Test
    void bringsUpManyAFewAtATime() throws Exception {
        var busy = new AtomicInteger();
        var most = new AtomicInteger();
        world.trouble((act, done) -> {
            if (act.equals("Vmm.launch") && !done) {
                most.accumulateAndGet(busy.incrementAndGet(), Math::max);
            } else if (act.equals("GuestShell.awaitCommand") && done) {
                busy.decrementAndGet();
            }
        });
        try (var daemon =
                FakeDaemon.start(
                        world,
                        new MemoryStore(),
                        new ReferenceCodec(),
                        Templates.Settings.OFF,
                        3)) {
            var all =
                    IntStream.range(0, 60)
                            .mapToObj(i -> daemon.vms().create(ROOT, Wanted.named("vm-" + i)))
                            .toList();
            for (var vm : all) {
                assertThat(daemon.vms().awaitRest(vm.id(), LIMIT).map(Vm::state))
                        .contains(VmState.RUNNING);
            }
        }
        assertThat(most).hasValueBetween(1, 3);
    }

    private Control control() {
        var images = new FakeImages();
        var image = images.list().getFirst();
        var shape = new Shape(1, Bytes.mebibytes(512), image.size());
        var plenty = Bytes.gibibytes(4);
        return Control.on(
                new Control.Ground(
                        FakeOutside.in(world, images, Subnet.parse("10.100.0.1/16")),
                        new MemoryStore(),
                        new ReferenceCodec(),
                        Ipv4.parse("10.100.0.10"),
                        new Usual(image.name(), shape, LIMIT, 1000),
                        1,
                        new Templates.Settings(true, 0, plenty, plenty),
                        new Time(() -> Instant.EPOCH, () -> ticks),
                        new Random(1),
                        () -> SOMEBODY,
                        new Owner("cove")),
                (_, _) -> {});
    }

    private Vm called(String name) {
        return control.vms().create(ROOT, Wanted.cold(name));
    }

    /// One whose guest gets ready, and has the place.
    private Vm begun(String name) {
        var vm = called(name);
        until(vm, _ -> world.pids().containsKey(vm.id()));
        return vm;
    }

    private Vm waiting(String name) {
        var vm = called(name);
        until(vm, Turn.Waiting.class::isInstance);
        return look(vm);
    }

    private Vm settled(Vm vm) {
        until(vm, Turn.Settled.class::isInstance);
        return look(vm);
    }

    private Vm look(Vm vm) {
        return control.book().find(vm.id()).orElseThrow();
    }

    private Turn until(Vm vm, Predicate<Turn> wanted) {
        for (var i = 0; i < 50; i++) {
            var turn = turn(vm);
            if (wanted.test(turn)) {
                return turn;
            }
        }
        throw new AssertionError("it does not come to that: " + look(vm));
    }

    private Turn turn(Vm vm) {
        var live =
                control.keeper().lives().stream()
                        .filter(l -> l.actor().id().equals(vm.id()))
                        .findFirst()
                        .orElseThrow();
        try {
            return control.keeper().turn(live);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private void failOnce(String wanted) {
        var failed = new AtomicBoolean();
        world.trouble((act, done) -> {
            if (act.equals(wanted) && !done && failed.compareAndSet(false, true)) {
                throw CoveException.unavailable(act + " failed");
            }
        });
    }
}

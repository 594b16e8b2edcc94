package dev.cove.core.control;

import static dev.cove.testkit.FakeDaemon.ROOT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cove.core.CoveException;
import dev.cove.core.Vm;
import dev.cove.core.VmState;
import dev.cove.testkit.FakeDaemon;
import dev.cove.testkit.FakeHost;
import dev.cove.testkit.World;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Time goes on only when the test says so: ten seconds from one look to the next.
class SleeperTest {
    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final Duration STEP = Duration.ofSeconds(10);

    private final FakeDaemon daemon = FakeDaemon.start();
    private final World world = daemon.world();
    private final Vms vms = daemon.vms();
    private long ticks;
    private final Time time = new Time(() -> Instant.EPOCH, () -> ticks);
    private final Activity activity = new Activity(time);
    private final List<RuntimeException> troubles = new ArrayList<>();
    private final Sleeper sleeper =
            new Sleeper(new FakeHost(world), daemon.control().book(), vms, activity, time, ROOT);
    private Vm web;

    @BeforeEach
    void boot() throws InterruptedException {
        web = vms.awaitRest(vms.create(ROOT, NewVm.usual()).id(), LIMIT).orElseThrow();
        sleepAfter(Optional.of(Duration.ofMinutes(1)));
        sleeper.look(troubles::add);
    }

    @AfterEach
    void close() {
        daemon.close();
        assertThat(troubles).isEmpty();
    }

    @Test
    void putsAVmToSleepOnceNobodyHasUsedItForItsTime() throws Exception {
        look(5);
        assertThat(state()).isEqualTo(VmState.RUNNING);

        look(1);

        assertThat(state()).isEqualTo(VmState.ASLEEP);
    }

    @Test
    void letsAVmRunThatDoesNotWantToSleepByItself() throws Exception {
        sleepAfter(Optional.empty());

        look(1000);

        assertThat(state()).isEqualTo(VmState.RUNNING);
    }

    @Test
    void letsAVmRunWhileSomebodyUsesIt() throws Exception {
        try (var _ = activity.begin(web.id());
                var _ = activity.begin(web.id())) {
            look(100);
        }
        assertThat(state()).isEqualTo(VmState.RUNNING);

        look(6);
        assertThat(state()).isEqualTo(VmState.RUNNING);
        look(1);
        assertThat(state()).isEqualTo(VmState.ASLEEP);
    }

    @Test
    void countsAUseBetweenTwoLooks() throws Exception {
        look(5);
        activity.begin(web.id()).close();

        look(6);

        assertThat(state()).isEqualTo(VmState.RUNNING);
    }

    @Test
    void letsAVmRunThatComputes() throws Exception {
        for (var i = 0; i < 100; i++) {
            world.work(web.id(), Duration.ofMillis(600));
            look(1);
        }

        assertThat(state()).isEqualTo(VmState.RUNNING);
    }

    @Test
    void doesNotTakeTimersForWork() throws Exception {
        for (var i = 0; i < 6; i++) {
            world.work(web.id(), Duration.ofMillis(400));
            look(1);
        }

        assertThat(state()).isEqualTo(VmState.ASLEEP);
    }

    @Test
    void givesOneThatWokeAllOfItsTime() throws Exception {
        look(6);
        vms.wake(ROOT, web.id().text());
        vms.awaitRest(web.id(), LIMIT);

        look(6);
        assertThat(state()).isEqualTo(VmState.RUNNING);
        look(1);
        assertThat(state()).isEqualTo(VmState.ASLEEP);
    }

    @Test
    void triesAgainLaterWhenOneDoesNotComeToSleep() throws Exception {
        world.trouble((act, done) -> {
            if (act.equals("Machine.save") && !done) {
                throw CoveException.unavailable("no room");
            }
        });
        look(6);
        assertThat(state()).isEqualTo(VmState.RUNNING);
        assertThat(vms.find(ROOT, web.id().text()).status().reason())
                .contains("it was not put to sleep: no room");
        world.trouble(World.Trouble.NONE);

        look(6);
        assertThat(state()).isEqualTo(VmState.RUNNING);
        look(1);
        assertThat(state()).isEqualTo(VmState.ASLEEP);
    }

    private void look(int times) throws InterruptedException {
        for (var i = 0; i < times; i++) {
            ticks += STEP.toNanos();
            sleeper.look(troubles::add);
            vms.awaitRest(web.id(), LIMIT);
        }
    }

    private VmState state() {
        return vms.find(ROOT, web.id().text()).state();
    }

    private void sleepAfter(Optional<Duration> idle) {
        vms.sleepAfter(ROOT, web.id().text(), idle);
    }
}

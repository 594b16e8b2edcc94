package dev.cove.core.control;

import static dev.cove.testkit.FakeDaemon.ROOT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cove.core.Bytes;
import dev.cove.core.CoveException;
import dev.cove.core.Name;
import dev.cove.core.Resized.When;
import dev.cove.core.Vm;
import dev.cove.core.VmState;
import dev.cove.testkit.FakeDaemon;
import dev.cove.testkit.MemoryStore;
import dev.cove.testkit.ReferenceCodec;
import dev.cove.testkit.Wanted;
import dev.cove.testkit.World;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Other shapes for VMs, and what becomes of what was kept of the old ones.
class ResizingTest {
    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final Bytes LARGER = Bytes.gibibytes(8);

    private final World world = new World();
    private final MemoryStore store = new MemoryStore();
    private final ReferenceCodec codec = new ReferenceCodec();
    private FakeDaemon daemon = FakeDaemon.start(world, store, codec);
    private Vm web;

    @BeforeEach
    void create() throws Exception {
        web = rest(daemon.vms().create(ROOT, Wanted.named("web")));
    }

    @AfterEach
    void close() {
        daemon.close();
    }

    @Test
    void growsTheDiskOfOneThatFailedWhenItStartsAgain() throws Exception {
        world.die(web.id());
        daemon.keeper().wake(web);
        var failed =
                daemon.vms().await(web.id(), v -> v.state() == VmState.FAILED, LIMIT).orElseThrow();
        assertThat(failed.state()).isEqualTo(VmState.FAILED);

        var resized = resize(disk(LARGER));

        assertThat(resized.changes()).extracting(c -> c.when()).containsExactly(When.START);
        rest(daemon.vms().start(ROOT, "web"));
        assertThat(world.diskSizes()).containsEntry(web.id(), LARGER);
    }

    @Test
    void growsBeforeTheLaunchWhatAnEarlierDaemonOnlyWroteDown() throws Exception {
        rest(daemon.vms().stop(ROOT, "web", Duration.ZERO));
        resize(disk(LARGER));
        daemon.close();

        daemon = FakeDaemon.start(world, store.reopened(), codec);

        rest(daemon.vms().start(ROOT, "web"));
        assertThat(world.diskSizes()).containsEntry(web.id(), LARGER);
    }

    @Test
    void completesAGrowthThatBrokeOff() throws Exception {
        world.trouble((act, done) -> {
            if (act.equals("Machine.growDisk") && !done) {
                throw CoveException.unavailable("it is gone");
            }
        });
        assertThatThrownBy(() -> resize(disk(LARGER))).hasMessageContaining("it is gone");
        world.trouble(World.Trouble.NONE);
        assertThat(world.diskSizes()).containsEntry(web.id(), LARGER);
        assertThat(shown().spec().shape().disk()).isEqualTo(Bytes.gibibytes(4));

        rest(daemon.vms().restart(ROOT, "web", Duration.ZERO));
        var resized = resize(disk(LARGER));

        assertThat(resized.vm().spec().shape().disk()).isEqualTo(LARGER);
    }

    @Test
    void knowsHowLargeADiskIsThatItsGuestDoesNotUse() throws Exception {
        world.trouble((act, done) -> {
            if (act.equals("Boot.grow")) {
                throw CoveException.unavailable("its file system did not grow");
            }
        });

        assertThatThrownBy(() -> resize(disk(LARGER)))
                .hasMessageContaining("its file system did not grow");

        assertThat(shown().spec().shape().disk()).isEqualTo(LARGER);
        world.trouble(World.Trouble.NONE);
        assertThat(resize(wish(2, LARGER)).vm().spec().shape().cpus()).isEqualTo(2);
    }

    @Test
    void goesBackToTheShapeThatASnapshotHas() throws Exception {
        var mind = world.mind(web.id());
        daemon.control().copies().snapshot(ROOT, "web", Optional.of(new Name("before")));
        rest(resize(wish(2, LARGER)).vm());
        assertThat(shown().spec().shape().cpus()).isEqualTo(2);

        rest(daemon.control().copies().restore(ROOT, "web", new Name("before"), false));

        assertThat(world.mind(web.id())).isEqualTo(mind);
        assertThat(shown().spec().shape()).isEqualTo(web.spec().shape());
    }

    @Test
    void sleepsAndWakesInItsNewShape() throws Exception {
        resize(disk(LARGER));
        var mind = world.mind(web.id());

        rest(daemon.vms().sleep(ROOT, "web"));
        rest(daemon.vms().wake(ROOT, "web"));

        assertThat(world.mind(web.id())).isEqualTo(mind);
        assertThat(world.diskSizes()).containsEntry(web.id(), LARGER);
    }

    private static Resizing.Wish disk(Bytes size) {
        return new Resizing.Wish(Optional.empty(), Optional.empty(), Optional.of(size), false);
    }

    private static Resizing.Wish wish(int cpus, Bytes disk) {
        return new Resizing.Wish(Optional.of(cpus), Optional.empty(), Optional.of(disk), true);
    }

    private dev.cove.core.Resized resize(Resizing.Wish wish) throws InterruptedException {
        return daemon.control().resizing().resize(ROOT, "web", wish);
    }

    private Vm shown() {
        return daemon.vms().find(ROOT, "web");
    }

    private Vm rest(Vm vm) throws InterruptedException {
        return daemon.vms().awaitRest(vm.id(), LIMIT).orElseThrow();
    }
}

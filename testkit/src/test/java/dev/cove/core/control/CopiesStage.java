package dev.cove.core.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import dev.cove.core.Bytes;
import dev.cove.core.Caller;
import dev.cove.core.CoveException;
import dev.cove.core.CoveException.Kind;
import dev.cove.core.Owner;
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
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;

/// What the tests of copies have in common. What is in a guest's memory is its mind here: a boot
/// makes a new one, whatever goes on keeps it.
abstract class CopiesStage {
    static final Duration LIMIT = Duration.ofSeconds(10);
    static final Caller ADA = new Caller(new Owner("ada"), false);
    static final Caller BOB = new Caller(new Owner("bob"), false);

    final World world = new World();
    final FakeDaemon daemon =
            FakeDaemon.start(
                    world,
                    new MemoryStore(),
                    new ReferenceCodec(),
                    new Templates.Settings(true, 1, Bytes.gibibytes(4), Bytes.gibibytes(4)));
    final Vms vms = daemon.vms();
    final Copies copies = daemon.control().copies();
    final Templates templates = daemon.control().templates();

    @AfterEach
    void close() {
        daemon.close();
    }

    void tendUntil(Callable<Boolean> done) {
        await().atMost(LIMIT)
                .pollInterval(Duration.ofMillis(5))
                .until(() -> {
                    templates.tend();
                    return done.call();
                });
    }

    Vm woken(String name) throws InterruptedException {
        booted(name);
        rest(vms.sleep(ADA, name));
        return running(vms.start(ADA, name));
    }

    Vm booted(String name) throws InterruptedException {
        return running(vms.create(ADA, Wanted.named(name)));
    }

    Vm running(Vm vm) {
        try {
            var then = rest(vm);
            assertThat(then.state()).as("%s", then).isEqualTo(VmState.RUNNING);
            return then;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    Vm rest(Vm vm) throws InterruptedException {
        return vms.awaitRest(vm.id(), LIMIT).orElseThrow();
    }

    Vm awaitRest(VmId id, Predicate<Vm> wanted) throws InterruptedException {
        var vm = vms.await(id, v -> v.atRest() && wanted.test(v), LIMIT).orElseThrow();
        assertThat(vm).matches(wanted);
        return vm;
    }

    long mind(Vm vm) {
        return world.mind(vm.id()).orElseThrow();
    }

    List<Snapshot.Kind> kinds() {
        return world.snapshots().stream().map(Snapshot::kind).toList();
    }

    List<Object> addresses(Caller caller) {
        return vms.list(caller).stream().<Object>map(vm -> vm.status().address()).toList();
    }

    void failOnce(String wanted) {
        var failed = new AtomicBoolean();
        world.trouble((act, done) -> {
            if (act.equals(wanted) && !done && failed.compareAndSet(false, true)) {
                throw CoveException.unavailable(act + " failed");
            }
        });
    }

    static void refused(Kind kind, String words, ThrowingCallable code) {
        assertThatExceptionOfType(CoveException.class)
                .isThrownBy(code)
                .withMessageContaining(words)
                .satisfies(e -> assertThat(e.kind()).isEqualTo(kind));
    }
}

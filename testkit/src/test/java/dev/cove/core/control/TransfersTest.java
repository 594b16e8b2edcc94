package dev.cove.core.control;

import static dev.cove.testkit.FakeDaemon.ROOT;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.cove.core.Bytes;
import dev.cove.core.Caller;
import dev.cove.core.CoveException;
import dev.cove.core.CoveException.Kind;
import dev.cove.core.Digest;
import dev.cove.core.Export;
import dev.cove.core.HostKey;
import dev.cove.core.ImageRef;
import dev.cove.core.Labels;
import dev.cove.core.Name;
import dev.cove.core.Origin;
import dev.cove.core.Owner;
import dev.cove.core.Shape;
import dev.cove.core.Snapshot;
import dev.cove.core.SshKey;
import dev.cove.core.Vm;
import dev.cove.core.VmState;
import dev.cove.testkit.FakeDaemon;
import dev.cove.testkit.FakeExports;
import dev.cove.testkit.MemoryStore;
import dev.cove.testkit.ReferenceCodec;
import dev.cove.testkit.Wanted;
import dev.cove.testkit.World;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// VMs that go out of here as files, and come back.
class TransfersTest {
    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final Caller ADA = new Caller(new Owner("ada"), false);
    private static final SshKey KEY = HostKey.random(new SecureRandom()).publicKey();

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
    void goesOnInAnotherVmWhereItWasTaken() throws Exception {
        var mind = world.mind(web.id());
        var file = export("web", true);

        var copy = rest(take(ROOT, file, named("copy")));

        assertThat(copy.state()).isEqualTo(VmState.RUNNING);
        assertThat(copy.origin()).contains(Origin.IMPORT);
        assertThat(world.mind(copy.id())).isEqualTo(mind);
        assertThat(world.mind(web.id())).isEqualTo(mind);
        assertThat(copy.status().address()).isNotEqualTo(web.status().address());
        nothingIsLeft();
    }

    @Test
    void bootsTheDiskOfOneThatRan() throws Exception {
        var mind = world.mind(web.id());
        var file = export("web", false);

        var copy = rest(take(ADA, file, named("copy")));

        assertThat(copy.spec().owner()).isEqualTo(ADA.owner());
        assertThat(copy.status().timings()).containsKeys("disk", "guest");
        assertThat(world.mind(copy.id())).isNotEqualTo(mind);
        assertThat(world.mind(web.id())).isEqualTo(mind);
        nothingIsLeft();
    }

    @Test
    void takesOneThatSleepsWithItsMemoryAndLetsItSleep() throws Exception {
        var mind = world.mind(web.id());
        rest(daemon.vms().sleep(ROOT, "web"));
        var file = export("web", true);

        var copy = rest(take(ROOT, file, named("copy")));

        assertThat(world.mind(copy.id())).isEqualTo(mind);
        assertThat(daemon.vms().find(ROOT, "web").state()).isEqualTo(VmState.ASLEEP);
        rest(daemon.vms().wake(ROOT, "web"));
        assertThat(world.mind(web.id())).isEqualTo(mind);
        nothingIsLeft();
    }

    @Test
    void takesTheDiskAloneOfOneThatIsStopped() throws Exception {
        rest(daemon.vms().stop(ROOT, "web", Duration.ZERO));

        try (var parcel = daemon.control().exporting().take(ROOT, "web", false)) {
            assertThat(parcel.moment()).isEmpty();
            assertThat(parcel.flushed()).isTrue();
        }
        refused(Kind.CONFLICT, "leave out --running", () -> export("web", true));
        nothingIsLeft();
    }

    @Test
    void leavesNothingOfAnExportThatHasNoRoom() throws Exception {
        world.trouble((act, done) -> {
            if (act.equals("Snapshots.takeDisk") && !done) {
                throw CoveException.unavailable("there is no room");
            }
        });

        refused(Kind.UNAVAILABLE, "no room", () -> export("web", false));
        refused(Kind.UNAVAILABLE, "no room", () -> export("web", true));

        assertThat(daemon.vms().find(ROOT, "web").state()).isEqualTo(VmState.RUNNING);
        nothingIsLeft();
    }

    @Test
    void keepsWhatItWasLikeAndLetsTheCallerIn() throws Exception {
        var file = FakeExports.file(export(Optional.empty()), "");

        var vm =
                rest(
                        take(
                                ADA,
                                file,
                                new Importing.Wish(
                                        Optional.empty(),
                                        Optional.empty(),
                                        Optional.empty(),
                                        Optional.of(Bytes.gibibytes(2)),
                                        List.of(KEY),
                                        false)));

        assertThat(vm.name()).isEqualTo(new Name("theirs"));
        assertThat(vm.spec().labels()).isEqualTo(new Labels(Map.of("env", "test")));
        assertThat(vm.spec().keys()).startsWith(KEY).hasSize(2);
        assertThat(vm.spec().shape())
                .isEqualTo(new Shape(2, Bytes.gibibytes(2), Bytes.gibibytes(6)));
        assertThat(world.diskSizes()).containsEntry(vm.id(), Bytes.gibibytes(6));
        assertThat(vm.spec().sleepAfter()).isEmpty();
    }

    @Test
    void letsOnlyAdministratorsHaveAMemoryGoOn() throws Exception {
        var file = export("web", true);

        refused(Kind.DENIED, "cove import --cold", () -> take(ADA, file, named("copy")));

        var cold = rest(take(ADA, file, cold("copy")));
        assertThat(world.mind(cold.id())).isPresent().isNotEqualTo(world.mind(web.id()));
        nothingIsLeft();
    }

    @Test
    void refusesAMemoryThatDoesNotFitAndBootsItsDisk() throws Exception {
        var elsewhere =
                new Snapshot.Moment("fake", "fake 0.9", true, Duration.ZERO, 1, Optional.empty());
        var file = FakeExports.file(export(Optional.of(elsewhere)), "77");

        refused(Kind.CONFLICT, "\"fake 0.9\"", () -> take(ROOT, file, named("copy")));

        var cold = rest(take(ROOT, file, cold("copy")));
        assertThat(cold.state()).isEqualTo(VmState.RUNNING);
        assertThat(world.mind(cold.id())).isNotEqualTo(Optional.of(77L));
    }

    @Test
    void refusesBeforeTheContentIsRead() throws Exception {
        var file = export("web", false);

        refused(Kind.CONFLICT, "--name NAME", () -> take(ROOT, file, named("web")));
        var other = new ImageRef(new Name("debain"), new Digest("sha256:" + "0f".repeat(32)));
        var unknown = FakeExports.file(export(other, 2), "");
        refused(Kind.NOT_FOUND, "cove import --image", () -> take(ROOT, unknown, named("copy")));
        var large = FakeExports.file(export(image(), 64), "");
        refused(Kind.INVALID, "--cpus N", () -> take(ROOT, large, named("copy")));
        var same =
                new Importing.Wish(
                        Optional.of(new Name("copy")),
                        Optional.of(new Name("debian")),
                        Optional.empty(),
                        Optional.empty(),
                        List.of(),
                        false);
        assertThat(rest(take(ROOT, unknown, same)).state()).isEqualTo(VmState.RUNNING);
        nothingIsLeft();
    }

    @Test
    void leavesNothingOfAFileThatIsNotWhole() throws Exception {
        var file = export("web", true);

        refused(Kind.INVALID, "no VM", () -> take(ROOT, "hello", named("copy")));
        refused(
                Kind.INVALID,
                "is cut short",
                () -> take(ROOT, file.substring(0, file.length() - 2), named("copy")));
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(
                        () -> daemon.control().importing().take(ROOT, broken(file), named("copy")));

        assertThat(daemon.vms().list(ROOT)).hasSize(1);
        assertThat(world.drafts()).isEmpty();
        nothingIsLeft();
    }

    @Test
    void leavesNothingWhenTheDaemonDiesOnceItIsRead() throws Exception {
        var file = export("web", true);
        world.trouble((act, done) -> {
            if (act.equals("Snapshots.keep") && done) {
                throw new World.Crash(act);
            }
        });
        assertThatExceptionOfType(World.Crash.class)
                .isThrownBy(() -> take(ROOT, file, named("copy")));
        world.trouble(World.Trouble.NONE);
        daemon.close();

        daemon = FakeDaemon.start(world, store.reopened(), codec);

        assertThat(daemon.vms().list(ROOT)).hasSize(1);
        nothingIsLeft();
    }

    @Test
    void doesNotMakeAnotherVmOfOneThatNeverGotItsDisk() throws Exception {
        var file = export("web", false);
        world.trouble((act, done) -> {
            if (act.equals("Disks.restore") && !done) {
                throw CoveException.unavailable("there is no room");
            }
        });
        var copy = rest(take(ROOT, file, named("copy")));
        assertThat(copy.state()).isEqualTo(VmState.FAILED);
        world.trouble(World.Trouble.NONE);

        refused(Kind.CONFLICT, "could not be copied", () -> daemon.vms().start(ROOT, "copy"));
    }

    private String export(String vm, boolean running) throws Exception {
        var file = new ByteArrayOutputStream();
        try (var parcel = daemon.control().exporting().take(ROOT, vm, running)) {
            daemon.control().passing().tidy();
            parcel.writeTo(file);
        }
        return file.toString(UTF_8);
    }

    private Vm take(Caller caller, String file, Importing.Wish wish) throws Exception {
        return daemon.control().importing().take(caller, stream(file), wish);
    }

    private static InputStream stream(String file) {
        return new ByteArrayInputStream(file.getBytes(UTF_8));
    }

    /// Whoever sends it goes away in the middle.
    private static InputStream broken(String file) {
        return new FilterInputStream(stream(file.substring(0, file.length() - 2))) {
            @Override
            public byte[] readAllBytes() throws IOException {
                throw new IOException("the client has gone");
            }
        };
    }

    private static Importing.Wish named(String name) {
        return wish(name, false);
    }

    private static Importing.Wish cold(String name) {
        return wish(name, true);
    }

    private static Importing.Wish wish(String name, boolean cold) {
        return new Importing.Wish(
                Optional.of(new Name(name)),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                List.of(),
                cold);
    }

    private ImageRef image() {
        return daemon.images().find(new Name("debian")).orElseThrow().ref();
    }

    private Export export(Optional<Snapshot.Moment> moment) {
        return export(image(), 2, moment);
    }

    private static Export export(ImageRef image, int cpus) {
        return export(image, cpus, Optional.empty());
    }

    private static Export export(ImageRef image, int cpus, Optional<Snapshot.Moment> moment) {
        return new Export(
                new Name("theirs"),
                image,
                new Shape(cpus, Bytes.mebibytes(512), Bytes.gibibytes(6)),
                Optional.of("another"),
                List.of(HostKey.random(new SecureRandom()).publicKey()),
                new Labels(Map.of("env", "test")),
                Optional.of(Duration.ofMillis(1)),
                moment,
                Instant.EPOCH);
    }

    private void nothingIsLeft() {
        daemon.control().passing().tidy();
        assertThat(world.snapshots()).isEmpty();
        assertThat(world.drafts()).isEmpty();
    }

    private Vm rest(Vm vm) throws InterruptedException {
        return daemon.vms().awaitRest(vm.id(), LIMIT).orElseThrow();
    }

    private static void refused(Kind kind, String words, ThrowingCallable code) {
        assertThatExceptionOfType(CoveException.class)
                .isThrownBy(code)
                .withMessageContaining(words)
                .satisfies(e -> assertThat(e.kind()).isEqualTo(kind));
    }
}

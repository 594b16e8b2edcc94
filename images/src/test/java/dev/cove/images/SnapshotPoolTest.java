package dev.cove.images;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cove.core.Bytes;
import dev.cove.core.CoveException.Kind;
import dev.cove.core.Finding;
import dev.cove.core.Snapshot;
import dev.cove.core.SnapshotId;
import dev.cove.core.VmId;
import dev.cove.core.port.Snapshots;
import dev.cove.testkit.ReferenceCodec;
import dev.cove.testkit.SnapshotsContract;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// On a real pool (see [TestPool]).
@Tag("root")
class SnapshotPoolTest extends SnapshotsContract {
    private static final int USER = 200_010;

    @TempDir Path data;

    private final ReferenceCodec codec = new ReferenceCodec();
    private Pool pool;
    private DiskPool disks;

    @BeforeEach
    @Override
    protected void open() throws Exception {
        pool = TestPool.open(data);
        disks = new DiskPool(pool, _ -> {});
        super.open();
    }

    @Override
    protected Snapshots create() {
        return new SnapshotPool(pool, disks, codec);
    }

    @Override
    protected Snapshots afterACrash() {
        return new SnapshotPool(pool, disks, codec);
    }

    @Override
    protected void giveDisk(VmId vm) {
        try {
            disks.clone(vm, TestPool.image(pool), Bytes.mebibytes(64), USER);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    protected void save(Snapshots.Files files, boolean memory) {
        try {
            Files.writeString(files.state(), "a state");
            // As a VMM that writes itself may leave it.
            Files.setAttribute(files.state(), "unix:uid", USER);
            if (memory) {
                Files.write(files.memory(), new byte[1 << 20]);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    protected Set<SnapshotId> halves() {
        return names().stream()
                .filter(name -> name.endsWith(".half"))
                .map(name -> new SnapshotId(name.replace(".half", "")))
                .collect(Collectors.toSet());
    }

    @AfterEach
    void closeThePool() throws Exception {
        Pool.unmount(data);
    }

    @Test
    void isTheDaemonsAlone() throws Exception {
        keep(ID);

        var folder = pool.snapshots().resolve(ID.text());
        assertThat(TestPool.mode(folder)).isEqualTo(0700);
        try (var files = Files.list(folder)) {
            assertThat(files)
                    .hasSize(4)
                    .allSatisfy(file -> {
                        assertThat(TestPool.mode(file)).isEqualTo(0600);
                        assertThat(Files.getAttribute(file, "unix:uid")).isEqualTo(0);
                        assertThat(Files.getAttribute(file, "unix:gid")).isEqualTo(0);
                    });
        }
    }

    @Test
    void takesTheDiskAsItIsAtThatMomentAlthoughItIsOpen() throws Exception {
        var disk = disks.find(VM).orElseThrow();
        try (var guest = new RandomAccessFile(disk.toFile(), "rw");
                var draft = snapshots().begin(ID)) {
            guest.seek(5 << 20);
            guest.write("written before".getBytes(UTF_8));
            disks.flush(VM);
            // What the host has only in memory counts, too.
            guest.seek(9 << 20);
            guest.write("written late".getBytes(UTF_8));

            draft.takeDisk(VM);

            guest.seek(5 << 20);
            guest.write("written after!".getBytes(UTF_8));
            save(draft.files(), true);
            draft.keep(snapshot(ID));
        }

        var taken = snapshots().files(ID).disk();
        assertThat(text(taken, 5 << 20, 14)).isEqualTo("written before");
        assertThat(text(taken, 9 << 20, 12)).isEqualTo("written late");
        assertThat(text(disk, 5 << 20, 14)).isEqualTo("written after!");
    }

    @Test
    void takesNoRoomForTheDiskButCountsIt() {
        var before = disks.usage().free();

        var kept = keep(ID);

        assertThat(before.count() - disks.usage().free().count()).isLessThan(4 << 20);
        // One MiB of the disk, one of the memory, and small files.
        assertThat(kept.used()).isBetween(Bytes.mebibytes(2), Bytes.mebibytes(3));
    }

    @Test
    void doesNotCountTheDiskOfOneThatSleepsBesideIt() {
        Snapshot kept;
        try (var draft = begin(ID)) {
            kept = draft.keep(asleep(ID));
        }

        assertThat(kept.used()).isBetween(Bytes.mebibytes(1), Bytes.mebibytes(2));
    }

    @Test
    void sharesAMemoryWithOthersAndDoesNotCountIt() throws Exception {
        keep(ID);
        var free = disks.usage().free();
        Snapshot kept;
        try (var draft = snapshots().begin(OTHER)) {
            draft.takeDisk(VM);
            Files.writeString(draft.files().state(), "what differs");
            Files.createLink(draft.files().memory(), snapshots().files(ID).memory());

            kept = draft.keep(asleep(OTHER));
        }

        assertThat(kept.used()).isLessThan(Bytes.mebibytes(1));
        snapshots().delete(ID);
        assertThat(snapshots().files(OTHER).memory()).hasSize(1 << 20);
        assertThat(free.count() - disks.usage().free().count()).isLessThan(1 << 20);
    }

    @Test
    void takesTheVeryMemoryOfAnotherOne() throws Exception {
        keep(ID);

        try (var draft = snapshots().begin(OTHER)) {
            draft.take(ID);
            var its = snapshots().files(ID);

            assertThat(Files.isSameFile(draft.files().memory(), its.memory())).isTrue();
            assertThat(Files.isSameFile(draft.files().state(), its.state())).isFalse();
        }

        assertThat(snapshots().files(ID).memory()).as("not emptied").hasSize(1 << 20);
    }

    private static Snapshot asleep(SnapshotId id) {
        var s = snapshot(id);
        return new Snapshot(
                id,
                Snapshot.Kind.SLEEP,
                s.of(),
                s.name(),
                s.owner(),
                s.image(),
                s.shape(),
                s.moment(),
                s.used(),
                s.created());
    }

    @Test
    void isRefusedWhenThePoolIsNearlyFull() throws Exception {
        TestPool.fill(pool.root().resolve("filler"), disks, Bytes.mebibytes(48));

        assertThatThrownBy(() -> snapshots().begin(ID)).satisfies(e -> is(e, Kind.UNAVAILABLE));

        assertThat(halves()).isEmpty();
    }

    @Test
    void givesTheRoomBackAtOnce() throws Exception {
        var before = disks.usage().free();
        try (var draft = begin(ID)) {
            Files.write(draft.files().state(), new byte[32 << 20]);
            draft.keep(snapshot(ID));
        }

        snapshots().delete(ID);

        assertThat(before.count() - disks.usage().free().count()).isLessThan(4 << 20);
    }

    @Test
    void leavesOutWhatCannotBeReadAndSaysSo() throws Exception {
        keep(OTHER);
        keep(ID);
        var folder = pool.snapshots().resolve(ID.text());
        for (var harm :
                List.<Harm>of(
                        () -> Files.writeString(folder.resolve("snapshot.json"), "{\"id\":"),
                        () -> Files.delete(folder.resolve("state")),
                        () -> Files.delete(folder.resolve("snapshot.json")))) {
            var record = Files.readAllBytes(folder.resolve("snapshot.json"));
            harm.run();

            var next = afterACrash();

            assertThat(next.all()).extracting(s -> s.id()).containsExactly(OTHER);
            assertThat(next.examine())
                    .singleElement()
                    .satisfies(f -> {
                        assertThat(f.level()).isEqualTo(Finding.Level.PROBLEM);
                        assertThat(f.says()).contains(ID.text());
                        assertThat(f.remedy()).contains(folder.toString());
                    });
            Files.write(folder.resolve("snapshot.json"), record);
        }
        assertThat(folder).exists();
    }

    @Test
    void deletesWhatCannotBeRead() throws Exception {
        keep(ID);
        Files.delete(snapshots().files(ID).state());
        var next = afterACrash();

        next.delete(ID);

        assertThat(names()).isEmpty();
        assertThat(next.examine()).allMatch(f -> f.level() == Finding.Level.OK);
    }

    @Test
    void takesAFolderWithAnothersRecordForDamaged() throws Exception {
        keep(ID);
        Files.move(pool.snapshots().resolve(ID.text()), pool.snapshots().resolve(OTHER.text()));

        assertThat(afterACrash().all()).isEmpty();
    }

    @Test
    void showsNothingOfADeletionThatACrashCutShort() throws Exception {
        keep(ID);
        // As far as a daemon got that died right after its first act.
        Files.move(
                pool.snapshots().resolve(ID.text()), pool.snapshots().resolve(ID.text() + ".half"));

        var next = afterACrash();

        assertThat(next.all()).isEmpty();
        next.sweep();
        assertThat(names()).isEmpty();
    }

    @Test
    void leavesMachinesTheirMemoryThatHaveItMapped() throws Exception {
        try (var draft = begin(ID)) {
            Files.writeString(draft.files().memory(), "a guest's memory");
            draft.keep(snapshot(ID));
        }
        try (var memory = FileChannel.open(snapshots().files(ID).memory());
                var arena = Arena.ofConfined()) {
            var mapped = memory.map(MapMode.READ_ONLY, 0, memory.size(), arena);

            snapshots().delete(ID);

            assertThat(UTF_8.decode(mapped.asByteBuffer()).toString())
                    .isEqualTo("a guest's memory");
        }
    }

    @Test
    void keepsNothingThatLacksAFile() {
        try (var draft = snapshots().begin(ID)) {
            assertThatThrownBy(() -> draft.keep(snapshot(ID, Optional.empty())))
                    .hasMessageContaining("disk.raw");
            draft.takeDisk(VM);
            assertThatThrownBy(() -> draft.keep(snapshot(ID))).hasMessageContaining("state");
        }
        assertThat(names()).isEmpty();
    }

    private List<String> names() {
        return List.of(java.util.Objects.requireNonNull(pool.snapshots().toFile().list()));
    }

    private static String text(Path file, long at, int length) throws IOException {
        try (var in = FileChannel.open(file)) {
            var bytes = ByteBuffer.allocate(length);
            in.read(bytes, at);
            return UTF_8.decode(bytes.flip()).toString();
        }
    }

    private interface Harm {
        void run() throws IOException;
    }
}

package dev.cove.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cove.core.Bytes;
import dev.cove.core.CoveException;
import dev.cove.core.CoveException.Kind;
import dev.cove.core.Digest;
import dev.cove.core.Finding;
import dev.cove.core.ImageRef;
import dev.cove.core.Name;
import dev.cove.core.Owner;
import dev.cove.core.Shape;
import dev.cove.core.Snapshot;
import dev.cove.core.SnapshotId;
import dev.cove.core.VmId;
import dev.cove.core.port.Snapshots;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What all [Snapshots] have to do. Extend it beside an implementation and say how to make one that
/// is empty, what a VM and its machine leave, and how to lose its process.
public abstract class SnapshotsContract {
    protected static final SnapshotId ID = new SnapshotId("sn-first001");
    protected static final SnapshotId OTHER = new SnapshotId("sn-other002");
    protected static final VmId VM = new VmId("vm-web00001");

    private Snapshots snapshots;

    /// New and empty ones.
    protected abstract Snapshots create();

    /// What the next daemon sees, after the one before was killed.
    protected abstract Snapshots afterACrash();

    /// Gives a VM a disk.
    protected abstract void giveDisk(VmId vm);

    /// Writes what a machine writes when it is saved, if these are real files.
    protected abstract void save(Snapshots.Files files, boolean memory);

    /// Those of which there is a half on the host.
    protected abstract Set<SnapshotId> halves();

    /// Override it to make ready what the other methods need, and call it then.
    @BeforeEach
    protected void open() throws Exception {
        snapshots = create();
        giveDisk(VM);
    }

    @Test
    void startsEmpty() {
        assertThat(snapshots.all()).isEmpty();
        assertThat(snapshots.find(ID)).isEmpty();
        assertThat(halves()).isEmpty();
        assertThat(snapshots.examine()).allMatch(f -> f.level() == Finding.Level.OK);
    }

    @Test
    void showsOneOnceItIsKept() {
        try (var draft = begin(ID)) {
            assertThat(snapshots.all()).isEmpty();
            assertThat(halves()).containsExactly(ID);

            var kept = draft.keep(snapshot(ID));

            assertThat(kept.using(new Bytes(0))).isEqualTo(snapshot(ID));
            assertThat(snapshots.all()).containsExactly(kept);
            assertThat(snapshots.find(ID)).contains(kept);
        }
        assertThat(snapshots.all()).hasSize(1);
        assertThat(halves()).isEmpty();
    }

    @Test
    void keepsManySideBySide() {
        var one = keep(ID);
        var other = keep(OTHER);

        assertThat(snapshots.all()).containsExactlyInAnyOrder(one, other);
        assertThat(snapshots.files(ID)).isNotEqualTo(snapshots.files(OTHER));
    }

    @Test
    void leavesNothingOfADraftThatIsNotKept() {
        begin(ID).close();

        assertThat(snapshots.all()).isEmpty();
        assertThat(halves()).isEmpty();
        assertThatThrownBy(() -> snapshots.files(ID)).satisfies(e -> is(e, Kind.NOT_FOUND));
        keep(ID);
    }

    @Test
    void keepsOneOfADiskAlone() {
        try (var draft = snapshots.begin(ID)) {
            draft.takeDisk(VM);

            draft.keep(snapshot(ID, Optional.empty()));
        }

        assertThat(snapshots.find(ID)).isPresent();
        assertThat(afterACrash().find(ID)).isPresent();
    }

    @Test
    void isThereForTheNextDaemon() {
        var kept = keep(ID);

        var next = afterACrash();

        assertThat(next.all()).containsExactly(kept);
        assertThat(next.files(ID)).isEqualTo(snapshots.files(ID));
    }

    @Test
    void neverShowsWhatACrashLeftAndSweepsIt() {
        begin(ID);

        var next = afterACrash();

        assertThat(next.all()).isEmpty();
        assertThat(next.find(ID)).isEmpty();
        next.sweep();
        assertThat(halves()).isEmpty();
    }

    @Test
    void sweepsNoDraftThatIsBeingMade() {
        try (var draft = begin(ID)) {
            snapshots.sweep();

            draft.keep(snapshot(ID));
        }

        assertThat(snapshots.find(ID)).isPresent();
    }

    @Test
    void makesAgainWhatACrashLeftHalf() {
        begin(ID);
        snapshots = afterACrash();

        keep(ID);

        assertThat(snapshots.find(ID)).isPresent();
        assertThat(halves()).isEmpty();
    }

    @Test
    void deletesTwiceAsOnce() {
        keep(ID);
        var other = keep(OTHER);

        snapshots.delete(ID);
        snapshots.delete(ID);

        assertThat(snapshots.all()).containsExactly(other);
        assertThat(halves()).isEmpty();
        assertThat(afterACrash().all()).containsExactly(other);
        assertThatThrownBy(() -> snapshots.files(ID)).satisfies(e -> is(e, Kind.NOT_FOUND));
    }

    @Test
    void refusesOneThatIsHereOrBeingMade() {
        keep(ID);
        assertThatThrownBy(() -> snapshots.begin(ID)).satisfies(e -> is(e, Kind.CONFLICT));

        try (var _ = begin(OTHER)) {
            assertThatThrownBy(() -> snapshots.begin(OTHER)).satisfies(e -> is(e, Kind.CONFLICT));
            assertThat(halves()).containsExactly(OTHER);
        }
    }

    @Test
    void takesAllOfAnotherOneWhichMayGoThen() {
        keep(ID);
        try (var draft = snapshots.begin(OTHER)) {
            draft.take(ID);
            snapshots.delete(ID);

            draft.keep(snapshot(OTHER));
        }

        assertThat(afterACrash().all()).extracting(Snapshot::id).containsExactly(OTHER);
        try (var draft = snapshots.begin(ID)) {
            assertThatThrownBy(() -> draft.take(new SnapshotId("sn-nothere1")))
                    .satisfies(e -> is(e, Kind.NOT_FOUND));
        }
    }

    @Test
    void saysWhenAVmHasNoDisk() {
        try (var draft = snapshots.begin(ID)) {
            assertThatThrownBy(() -> draft.takeDisk(new VmId("vm-nodisk01")))
                    .satisfies(e -> is(e, Kind.NOT_FOUND));
        }
    }

    /// The draft of one whose files are all there.
    protected Snapshots.Draft begin(SnapshotId id) {
        var draft = snapshots.begin(id);
        draft.takeDisk(VM);
        save(draft.files(), true);
        return draft;
    }

    protected Snapshot keep(SnapshotId id) {
        try (var draft = begin(id)) {
            return draft.keep(snapshot(id));
        }
    }

    protected static Snapshot snapshot(SnapshotId id) {
        return snapshot(
                id,
                Optional.of(
                        new Snapshot.Moment(
                                "fake",
                                "fake 1.0",
                                true,
                                Duration.ofMillis(7),
                                42,
                                Optional.of(43L))));
    }

    protected static Snapshot snapshot(SnapshotId id, Optional<Snapshot.Moment> moment) {
        return new Snapshot(
                id,
                Snapshot.Kind.KEPT,
                Optional.of(VM),
                new Name("before"),
                new Owner("alice"),
                new ImageRef(new Name("debian"), new Digest("sha256:" + "0f".repeat(32))),
                new Shape(2, Bytes.mebibytes(512), Bytes.gibibytes(4)),
                moment,
                new Bytes(0),
                Instant.EPOCH);
    }

    protected static void is(Throwable thrown, Kind kind) {
        assertThat(thrown)
                .isInstanceOfSatisfying(
                        CoveException.class, e -> assertThat(e.kind()).isEqualTo(kind));
    }

    /// The snapshots that are being tested.
    protected Snapshots snapshots() {
        return snapshots;
    }
}

package dev.cove.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cove.core.Bytes;
import dev.cove.core.CoveException;
import dev.cove.core.Export;
import dev.cove.core.Name;
import dev.cove.core.Owner;
import dev.cove.core.Snapshot;
import dev.cove.core.SnapshotId;
import dev.cove.core.VmId;
import dev.cove.core.port.Snapshots;
import dev.cove.testkit.ReferenceCodec;
import java.io.ByteArrayInputStream;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Out of a real pool and into it (see [TestPool]).
@Tag("root")
class ExportPoolTest {
    private static final SnapshotId ID = new SnapshotId("sn-import01");
    private static final VmId VM = new VmId("vm-import01");
    private static final int USER = 200_010;

    @TempDir Path data;

    private Pool pool;
    private DiskPool disks;
    private SnapshotPool snapshots;
    private Snapshots.Files files;

    @BeforeEach
    void openThePool() throws Exception {
        pool = TestPool.open(data);
        disks = new DiskPool(pool, _ -> {});
        snapshots = new SnapshotPool(pool, disks, new ReferenceCodec());
        files = ExportedVm.write(data.resolve("vm"), new Random(1));
    }

    @AfterEach
    void closeThePool() throws Exception {
        Pool.unmount(data);
    }

    @Test
    void becomesASnapshotThatAVmCanGoOnFrom() throws Exception {
        var file = ExportedVm.bytes(ExportedVm.running(true), files);

        var kept = take(file);

        assertThat(snapshots.all()).containsExactly(kept);
        var there = snapshots.files(ID);
        assertThat(Files.mismatch(there.state(), files.state())).isEqualTo(-1);
        assertThat(Files.mismatch(there.memory(), files.memory())).isEqualTo(-1);
        assertThat(TestPool.mode(there.memory())).isEqualTo(0600);
        var disk = disks.restore(VM, there.disk(), kept.shape().disk(), USER);
        assertThat(Files.mismatch(disk, files.disk())).isEqualTo(ExportedVm.DISK);
        assertThat(Files.size(disk)).isEqualTo(kept.shape().disk().count());
    }

    @Test
    void leavesNothingWhenItIsRefused() throws Exception {
        var file = ExportedVm.bytes(ExportedVm.running(true), files);
        file[file.length - 100] ^= 1;

        assertThatThrownBy(() -> take(file)).hasMessageContaining("cannot be imported");

        assertThat(pool.snapshots()).isEmptyDirectory();
    }

    @Test
    void leavesNothingWhenThePoolIsFullInTheMiddle() throws Exception {
        // More noise than will fit.
        try (var disk = new RandomAccessFile(files.disk().toFile(), "rw")) {
            var noise = new byte[64 << 20];
            new Random(2).nextBytes(noise);
            disk.seek(ExportedVm.DISK);
            disk.write(noise);
        }
        var file = ExportedVm.bytes(ExportedVm.stopped(), files);
        var before = disks.usage().free();

        assertThatThrownBy(
                        () -> {
                            try (var draft = snapshots.begin(ID)) {
                                TestPool.fill(
                                        pool.root().resolve("filler"), disks, Bytes.mebibytes(24));
                                // As if somebody else had taken it all since we looked.
                                new ExportFile(() -> before)
                                        .read(new ByteArrayInputStream(file), draft, _ -> {});
                            }
                        })
                .isInstanceOfSatisfying(
                        CoveException.class,
                        e -> assertThat(e.kind()).isEqualTo(CoveException.Kind.UNAVAILABLE));

        assertThat(pool.snapshots()).isEmptyDirectory();
    }

    private Snapshot take(byte[] file) throws Exception {
        try (var draft = snapshots.begin(ID)) {
            var export =
                    new ExportFile(() -> disks.usage().free())
                            .read(new ByteArrayInputStream(file), draft, _ -> {});
            return draft.keep(snapshot(export));
        }
    }

    private static Snapshot snapshot(Export export) {
        return new Snapshot(
                ID,
                Snapshot.Kind.FORK,
                Optional.empty(),
                new Name("imported"),
                new Owner("alice"),
                export.image(),
                export.shape(),
                export.moment(),
                new Bytes(0),
                export.taken());
    }
}

package dev.cove.images;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.cove.core.Bytes;
import dev.cove.core.CoveException;
import dev.cove.core.Finding;
import dev.cove.core.Image;
import dev.cove.core.VmId;
import dev.cove.platform.Command;
import dev.cove.platform.SparseFile;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// On a real pool (see [TestPool]).
@Tag("root")
class DiskPoolTest {
    private static final VmId WEB = new VmId("vm-web00001");
    private static final int USER = 200_010;

    @TempDir Path data;

    private final List<Image> verified = new ArrayList<>();
    private Pool pool;
    private DiskPool disks;
    private Image image;

    @BeforeEach
    void openThePool() throws Exception {
        pool = TestPool.open(data);
        disks = new DiskPool(pool, verified::add);
        image = TestPool.image(pool);
    }

    @AfterEach
    void closeThePool() throws Exception {
        Pool.unmount(data);
    }

    @Test
    void clonesWithoutTakingRoom() throws Exception {
        var before = disks.usage().free();

        var disk = disks.clone(WEB, image, Bytes.mebibytes(128), USER);

        assertThat(Files.mismatch(disk, image.disk())).isEqualTo(Files.size(image.disk()));
        assertThat(before.count() - disks.usage().free().count()).isLessThan(1 << 20);
        assertThat(verified).containsExactly(image);
    }

    @Test
    void givesTheDiskToItsUserAlone() throws Exception {
        var disk = disks.clone(WEB, image, Bytes.mebibytes(64), USER);

        assertThat(Files.getAttribute(disk, "unix:uid")).isEqualTo(USER);
        assertThat(TestPool.mode(disk)).isEqualTo(0600);
    }

    @Test
    void letsNobodyButTheDaemonReadThePoolItself() throws Exception {
        assumeTrue(
                pool.mounted(), "the data folder shares blocks itself, so there is no pool file");

        var file = data.resolve("pool.xfs");

        assertThat(TestPool.mode(file)).isEqualTo(0600);
    }

    @Test
    void growsTheDiskButNeverBelowTheImage() throws Exception {
        assertThat(Files.size(disks.clone(WEB, image, Bytes.mebibytes(256), USER)))
                .isEqualTo(256 << 20);
        var other = new VmId("vm-web00002");
        assertThat(Files.size(disks.clone(other, image, Bytes.mebibytes(1), USER)))
                .isEqualTo(64 << 20);
    }

    @Test
    void keepsADiskThatIsThere() throws Exception {
        var disk = disks.clone(WEB, image, Bytes.mebibytes(64), USER);
        Files.writeString(disk, "what the guest wrote");

        disks.clone(WEB, image, Bytes.mebibytes(64), USER);

        assertThat(disk).hasContent("what the guest wrote");
        assertThat(disks.find(WEB)).contains(disk);
    }

    @Test
    void takesNoHalfDiskForAWholeOne() throws Exception {
        Files.writeString(pool.disks().resolve(WEB + ".half"), "half");

        assertThat(disks.present()).containsExactly(WEB);
        assertThat(disks.find(WEB)).isEmpty();
        assertThat(Files.size(disks.clone(WEB, image, Bytes.mebibytes(64), USER)))
                .isEqualTo(64 << 20);
    }

    @Test
    void deletesTwiceAsOnce() {
        disks.clone(WEB, image, Bytes.mebibytes(64), USER);

        disks.delete(WEB);
        disks.delete(WEB);

        assertThat(disks.present()).isEmpty();
    }

    @Test
    void refusesADiskWhenThePoolIsFullAndStillDeletes() throws Exception {
        var first = disks.clone(WEB, image, Bytes.mebibytes(64), USER);
        TestPool.fill(first, disks, Bytes.mebibytes(48));

        assertThatThrownBy(() ->
                        disks.clone(new VmId("vm-web00002"), image, Bytes.mebibytes(64), USER))
                .isInstanceOfSatisfying(
                        CoveException.class,
                        e -> assertThat(e.kind()).isEqualTo(CoveException.Kind.UNAVAILABLE));
        disks.delete(WEB);
        assertThat(disks.clone(WEB, image, Bytes.mebibytes(64), USER)).exists();
    }

    @Test
    void restoresADiskInPlaceOfWhatIsThere() throws Exception {
        var disk = disks.clone(WEB, image, Bytes.mebibytes(64), USER);
        Files.writeString(disk, "before");
        var taken = pool.root().resolve("taken.raw");
        PoolFile.share(disk, taken);
        Files.writeString(disk, "after that");

        var restored = disks.restore(WEB, taken, Bytes.mebibytes(128), USER + 1);

        assertThat(restored).isEqualTo(disk);
        assertThat(Files.readAllBytes(restored)).startsWith("before".getBytes(UTF_8));
        assertThat(Files.size(restored)).isEqualTo(128 << 20);
        assertThat(Files.getAttribute(restored, "unix:uid")).isEqualTo(USER + 1);
        assertThat(TestPool.mode(restored)).isEqualTo(0600);
        assertThat(pool.disks())
                .isDirectoryContaining(disk::equals)
                .isDirectoryNotContaining(f -> !f.equals(disk));
        Files.writeString(restored, "later");
        assertThat(Files.readAllBytes(taken)).startsWith("before".getBytes(UTF_8));
    }

    @Test
    void restoresToAVmThatHasNoneButNotIntoAFullPool() throws Exception {
        var taken = pool.root().resolve("taken.raw");
        PoolFile.share(image.disk(), taken);
        assertThat(disks.restore(WEB, taken, Bytes.mebibytes(1), USER)).exists();
        TestPool.fill(pool.root().resolve("filler"), disks, Bytes.mebibytes(48));

        assertThatThrownBy(() ->
                        disks.restore(new VmId("vm-web00002"), taken, Bytes.mebibytes(1), USER))
                .hasMessageContaining("less than 256M free");
        // Whoever has a disk gets it back: that takes no more room than there was.
        assertThat(disks.restore(WEB, taken, Bytes.mebibytes(1), USER)).exists();
    }

    @Test
    void givesBackTheRoomOfADiskThatWasRestoredOver() throws Exception {
        var disk = disks.clone(WEB, image, Bytes.mebibytes(64), USER);
        var before = disks.usage().free();
        Files.write(disk, ones(64 << 20));
        flush();

        disks.restore(WEB, image.disk(), Bytes.mebibytes(64), USER);

        assertThat(before.count() - disks.usage().free().count()).isLessThan(1 << 20);
    }

    @Test
    void growsADiskAndNeverShrinksIt() throws Exception {
        var disk = disks.clone(WEB, image, Bytes.mebibytes(64), USER);

        disks.grow(WEB, Bytes.mebibytes(128));
        disks.grow(WEB, Bytes.mebibytes(128));

        assertThat(Files.size(disk)).isEqualTo(128 << 20);
        assertThat(disks.size(WEB)).contains(Bytes.mebibytes(128));
        assertThatThrownBy(() -> disks.grow(WEB, Bytes.mebibytes(64)))
                .isInstanceOfSatisfying(
                        CoveException.class,
                        e -> assertThat(e.kind()).isEqualTo(CoveException.Kind.INVALID))
                .hasMessageContaining("has 128M and cannot shrink to 64M");
        assertThat(Files.size(disk)).isEqualTo(128 << 20);
    }

    @Test
    void flushesTheDisksThatAreThere() {
        disks.clone(WEB, image, Bytes.mebibytes(64), USER);
        disks.flush(WEB);

        var nobody = new VmId("vm-nobody01");
        for (var act :
                List.<Runnable>of(
                        () -> disks.flush(nobody), () -> disks.grow(nobody, Bytes.mebibytes(64)))) {
            assertThatThrownBy(act::run)
                    .isInstanceOfSatisfying(
                            CoveException.class,
                            e -> assertThat(e.kind()).isEqualTo(CoveException.Kind.NOT_FOUND));
        }
    }

    @Test
    void isFoundAgainByTheNextDaemon() throws Exception {
        var disk = disks.clone(WEB, image, Bytes.mebibytes(64), USER);

        var again = Pool.open(data, Optional.empty());

        assertThat(again).isEqualTo(pool);
        assertThat(new DiskPool(again, verified::add).find(WEB)).contains(disk);
    }

    @Test
    void keepsItsDisksOverAnUnmount() throws Exception {
        disks.clone(WEB, image, Bytes.mebibytes(64), USER);
        Pool.unmount(data);
        Pool.unmount(data);

        var again = new DiskPool(Pool.open(data, Optional.empty()), verified::add);

        assertThat(again.present()).containsExactly(WEB);
    }

    @Test
    void isOpenedAgainThoughItsDiskIsFull() throws Exception {
        var inside = Files.createDirectory(pool.root().resolve("data"));
        var first = new DiskPool(Pool.open(inside, Optional.empty()), verified::add);
        first.clone(WEB, image, Bytes.mebibytes(64), USER);
        assertThatThrownBy(() -> fillUp(inside.resolve("filler"))).isInstanceOf(IOException.class);

        var again = new DiskPool(Pool.open(inside, Optional.empty()), verified::add);

        assertThat(again.present()).containsExactly(WEB);
        again.delete(WEB);
        assertThat(again.present()).isEmpty();
    }

    @Test
    void saysThatItIsWell() {
        assertThat(disks.examine()).extracting(Finding::level).containsOnly(Finding.Level.OK);
    }

    @Test
    void givesTheRoomOfADeletedDiskBackToTheHost() throws Exception {
        assumeTrue(pool.mounted(), "this file system needs no pool file");
        var disk = disks.clone(WEB, image, Bytes.mebibytes(64), USER);
        Files.write(disk, ones(64 << 20));
        flush();
        var before = poolFile();

        disks.delete(WEB);

        // XFS frees a deleted file's blocks in the background, and tells the loop device of it with
        // the next write of its log, which else comes by itself within a minute.
        await().atMost(Duration.ofSeconds(20))
                .until(() -> {
                    flush();
                    return before - poolFile() > Bytes.mebibytes(48).count();
                });
    }

    private static byte[] ones(int count) {
        var bytes = new byte[count];
        Arrays.fill(bytes, (byte) 1);
        return bytes;
    }

    private void flush() throws InterruptedException {
        Command.of("sync", "-f", pool.root().toString()).run().orThrow();
    }

    private long poolFile() {
        var sum = new AtomicLong();
        SparseFile.<RuntimeException>eachExtent(
                data.resolve("pool.xfs"), (from, to) -> sum.addAndGet(to - from));
        return sum.get();
    }

    private static void fillUp(Path file) throws IOException {
        for (var size : new int[] {1 << 20, 4096}) {
            try (var out = new RandomAccessFile(file + "." + size, "rw")) {
                while (true) {
                    out.write(new byte[size]);
                    out.getFD().sync();
                }
            } catch (IOException e) {
                if (size == 4096) {
                    throw e;
                }
            }
        }
    }
}

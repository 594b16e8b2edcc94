package dev.cove.vmm.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cove.core.Bytes;
import dev.cove.core.CoveException;
import dev.cove.vmm.qemu.SealedMoment.Source;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MomentCacheTest {
    private static final int PAGE = 4096;
    private static final int SIZE = 1 << 20;
    private static final int DATA = 4 * PAGE;

    @TempDir Path folder;
    private final MomentCache moments = new MomentCache(new Bytes(3 * DATA));

    @Test
    void isWhatIsInTheFileAndSealed() throws Exception {
        var file = file("memory", 1);

        try (var shared = open(file, checksum(file))) {
            assertThat(shared.memory().isSealed()).isTrue();
            assertThat(Files.readAllBytes(shared.memory().path()))
                    .isEqualTo(Files.readAllBytes(file));
            assertThat(shared.taken()).as("holes stay holes").isLessThanOrEqualTo(DATA);
        }
    }

    @Test
    void isOneForAllWhoAskAtOnce() throws Exception {
        var file = file("memory", 1);
        var checksum = checksum(file);
        var asked = new ArrayList<Callable<Object>>();
        for (var i = 0; i < 8; i++) {
            asked.add(() -> {
                try (var shared = open(file, checksum)) {
                    return Files.getAttribute(shared.memory().path(), "unix:ino");
                }
            });
        }

        var seen = new ArrayList<Object>();
        try (var all = Executors.newVirtualThreadPerTaskExecutor()) {
            for (var one : all.invokeAll(asked)) {
                seen.add(one.get());
            }
        }

        assertThat(seen).hasSize(8);
        assertThat(seen.stream().distinct()).hasSize(1);
    }

    @Test
    void isKnownByItsFileWhereverThatIsMoved() throws Exception {
        var file = file("memory", 1);
        var checksum = checksum(file);
        open(file, checksum).close();
        var moved = Files.move(file, folder.resolve("moved"));
        flip(moved);

        open(moved, checksum).close(); // not read again, or it would be refused

        moments.forget(moved);
        assertThat(moments.used().count()).isZero();
        assertThatThrownBy(() -> open(moved, checksum))
                .isInstanceOf(CoveException.class)
                .hasMessageContaining(moved + " is damaged: its checksum is ");
    }

    @Test
    void isForgottenWithItsFileAlreadyGone() throws Exception {
        var file = file("memory", 1);
        open(file, checksum(file)).close();
        Files.delete(file);

        moments.forget(file);

        assertThat(moments.used().count()).isZero();
    }

    @Test
    void isKeptForAsLongAsItsFileHasAName() throws Exception {
        var file = file("memory", 1);
        var checksum = checksum(file);
        var link = Files.createLink(folder.resolve("link"), file);
        open(file, checksum).close();
        open(link, checksum).close();
        assertThat(moments.used()).as("one for both").isEqualTo(new Bytes(DATA));

        moments.forget(file);
        Files.delete(file);

        assertThat(isKept(link)).isTrue();
        moments.forget(link);
        assertThat(moments.used().count()).isZero();
    }

    @Test
    void letsGoOfWhatWasUsedLeastWhenItIsTooMuch() throws Exception {
        var files = new ArrayList<Path>();
        for (var i = 0; i < 4; i++) {
            files.add(file("memory" + i, i));
        }
        for (var file : files.subList(0, 3)) {
            open(file, checksum(file)).close();
        }
        open(files.getFirst(), checksum(files.getFirst())).close();
        open(files.getLast(), checksum(files.getLast())).close();

        assertThat(moments.used()).isEqualTo(new Bytes(3 * DATA));
        assertThat(isKept(files.getFirst())).isTrue();
        assertThat(isKept(files.get(1))).isFalse();
    }

    @Test
    void findsOutOnceThatNothingCanBeShared() throws Exception {
        var file = file("state", 1);
        var looks = new AtomicInteger();
        Source none =
                (path, checksum) -> {
                    looks.incrementAndGet();
                    return Optional.empty();
                };

        assertThat(moments.open(file, 1, none)).isEmpty();
        assertThat(moments.open(file, 1, none)).isEmpty();

        assertThat(looks).hasValue(1);
        moments.forget(file);
        assertThat(moments.open(file, 1, none)).isEmpty();
        assertThat(looks).hasValue(2);
    }

    @Test
    void keepsNothingOfWhatWasForgottenWhileItWasRead() throws Exception {
        var file = file("memory", 1);
        Source forgotten =
                (path, checksum) -> {
                    moments.forget(path);
                    return SealedMoment.ofMemory(path, checksum);
                };
        var checksum = checksum(file);

        assertThatThrownBy(() -> moments.open(file, checksum, forgotten))
                .isInstanceOf(CoveException.class)
                .hasMessageContaining("deleted while it was read");

        assertThat(moments.used().count()).isZero();
    }

    @Test
    void tellsThatThereIsNoFile() {
        assertThatThrownBy(() -> open(folder.resolve("none"), 1))
                .isInstanceOf(CoveException.class)
                .hasMessageContaining("none cannot be read");
    }

    private SealedMoment open(Path file, long checksum) throws InterruptedException {
        return moments.open(file, checksum, SealedMoment::ofMemory).orElseThrow();
    }

    /// Whether it comes although the file is damaged.
    private boolean isKept(Path file) throws Exception {
        var checksum = checksum(file);
        flip(file);
        try (var shared = open(file, checksum)) {
            return shared.memory().isSealed();
        } catch (CoveException e) {
            return false;
        }
    }

    private Path file(String name, long seed) throws Exception {
        var file = folder.resolve(name);
        var data = new byte[DATA];
        new Random(seed).nextBytes(data);
        try (var out = new RandomAccessFile(file.toFile(), "rw")) {
            out.setLength(SIZE);
            out.seek(SIZE / 2);
            out.write(data);
        }
        return file;
    }

    private static void flip(Path file) throws Exception {
        try (var bytes = new RandomAccessFile(file.toFile(), "rw")) {
            bytes.seek(SIZE / 2);
            var before = bytes.read();
            bytes.seek(SIZE / 2);
            bytes.write(before ^ 1);
        }
    }

    private static long checksum(Path file) throws Exception {
        var sum = new CRC32C();
        sum.update(Files.readAllBytes(file));
        return sum.getValue();
    }
}

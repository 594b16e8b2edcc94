package dev.cove.images;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cove.core.CoveException;
import dev.cove.core.CoveException.Kind;
import dev.cove.core.Digest;
import dev.cove.core.Image;
import dev.cove.core.Name;
import dev.cove.core.port.Images.Build;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageStoreTest {
    private static final Name DEBIAN = new Name("debian");

    @TempDir Path folder;

    @Test
    void findsAnImageByNameAndByDigest() throws Exception {
        var digest = put("debian", "one", 1);
        var store = store();

        assertThat(store.find(DEBIAN).map(Image::digest)).contains(digest);
        assertThat(store.find(digest).map(Image::name)).contains(DEBIAN);
        assertThat(store.find(new Name("other"))).isEmpty();
    }

    @Test
    void meansTheNewestByANameAndKeepsTheOlderOne() throws Exception {
        var older = put("debian", "one", 1);
        var newer = put("debian", "two", 2);
        var store = store();

        assertThat(store.list()).extracting(Image::digest).containsExactly(newer);
        assertThat(store.find(DEBIAN).map(Image::digest)).contains(newer);
        assertThat(store.find(older)).isPresent();
    }

    @Test
    void prunesOlderImagesThatNobodyUses() throws Exception {
        var used = put("debian", "one", 1);
        var unused = put("debian", "two", 2);
        var newest = put("debian", "three", 3);
        var store = store();

        store.prune(Set.of(used));

        assertThat(store.find(used)).isPresent();
        assertThat(store.find(newest)).isPresent();
        assertThat(store.find(unused)).isEmpty();
    }

    @Test
    void livesWithAnImageThatIsDamaged() throws Exception {
        put("damaged", "one", 1);
        put("debian", "two", 2);
        Files.writeString(only("damaged").resolve("image.json"), "{");

        assertThat(store().list()).extracting(Image::name).containsExactly(DEBIAN);
    }

    @Test
    void doesNotOfferAnImageWhoseDiskSomebodyHasWrittenTo() throws Exception {
        put("debian", "one", 1);
        Files.setLastModifiedTime(only("debian").resolve("disk.raw"), FileTime.from(Instant.EPOCH));

        assertThat(store().find(DEBIAN)).isEmpty();
    }

    @Test
    void refusesAnImageWhoseDiskIsNotWhatItWas() throws Exception {
        put("debian", "one", 1);
        var image = store().find(DEBIAN).orElseThrow();
        var when = Files.getLastModifiedTime(image.disk());
        Files.delete(image.disk());
        Files.writeString(image.disk(), "eno");
        Files.setLastModifiedTime(image.disk(), when);

        assertThatThrownBy(() -> store().verify(image))
                .isInstanceOf(CoveException.class)
                .hasMessageContaining("disk.raw is not what it was")
                .hasMessageContaining("cove image rm debian");
    }

    @Test
    void acceptsAnImageThatIsWhole() throws Exception {
        put("debian", "one", 1);
        var store = store();
        var image = store.find(DEBIAN).orElseThrow();

        store.verify(image);

        assertThat(store.find(DEBIAN)).contains(image);
    }

    @Test
    void sweepsWhatAnEarlierDaemonLeftHalfDone() throws Exception {
        var half = Files.createDirectories(folder.resolve(".half-debian-1/root/etc"));
        Files.writeString(half.resolve("motd"), "hello");

        store();

        try (var left = Files.list(folder)) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void endsWhatAnEarlierDaemonLeftRunning() throws Exception {
        var half = Files.createDirectory(folder.resolve(".half-debian-1"));
        var line = new ProcessBuilder("sleep", "60");
        line.environment().put("COVE_WORK", half.toString());
        var stray = line.start();
        line.environment().put("COVE_WORK", half + "2");
        var other = line.start();
        try {
            store();

            assertThat(stray.isAlive()).isFalse();
            assertThat(other.isAlive()).isTrue();
            assertThat(half).doesNotExist();
        } finally {
            stray.destroyForcibly();
            other.destroyForcibly();
        }
    }

    @Test
    void verifiesEachOfTwoImagesWithTheSameDisk() throws Exception {
        put("debian", "one", 1);
        put("copy", "one", 1);
        var store = store();
        var copy = store.find(new Name("copy")).orElseThrow();
        var when = Files.getLastModifiedTime(copy.kernel());
        Files.delete(copy.kernel());
        Files.writeString(copy.kernel(), "lenrek");
        Files.setLastModifiedTime(copy.kernel(), when);

        store.verify(store.find(DEBIAN).orElseThrow());

        assertThatThrownBy(() -> store.verify(copy)).hasMessageContaining("vmlinux");
    }

    @Test
    void removesAllOfAName() throws Exception {
        put("debian", "one", 1);
        put("debian", "two", 2);
        var store = store();

        store.remove(DEBIAN);

        assertThat(store.list()).isEmpty();
        assertThatThrownBy(() -> store.remove(DEBIAN))
                .isInstanceOfSatisfying(
                        CoveException.class, e -> assertThat(e.kind()).isEqualTo(Kind.NOT_FOUND));
    }

    @Test
    void leavesNothingBehindOfAnImportThatFails() throws Exception {
        var store = store();
        var content = new ByteArrayInputStream("neither a disk nor a tarball".getBytes(UTF_8));

        assertThatThrownBy(() -> store.take(DEBIAN, content, Optional.empty(), step -> {}))
                .isInstanceOf(CoveException.class)
                .hasMessageContaining("ext4");
        try (var left = Files.list(folder)) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void leavesNothingBehindOfAnImportThatIsInterrupted() throws Exception {
        var strays = new ArrayList<Process>();
        var content =
                new FilterInputStream(new ByteArrayInputStream(new byte[1 << 20])) {
                    @Override
                    public int read(byte[] block, int offset, int length) throws IOException {
                        if (strays.isEmpty()) {
                            strays.add(strayIn(onlyHalf()));
                            Thread.currentThread().interrupt();
                        }
                        Arrays.fill(block, offset, offset + length, (byte) 'x');
                        return length;
                    }
                };
        try {
            assertThatThrownBy(() -> store().take(DEBIAN, content, Optional.empty(), step -> {}))
                    .isInstanceOf(InterruptedException.class);

            assertThat(strays).hasSize(1).noneMatch(Process::isAlive);
            try (var left = Files.list(folder)) {
                assertThat(left).isEmpty();
            }
        } finally {
            strays.forEach(Process::destroyForcibly);
            var _ = Thread.interrupted();
        }
    }

    @Test
    void checksTheDigestOverTheWholeInputFirst() throws Exception {
        var content = new ByteArrayInputStream("anything".getBytes(UTF_8));
        var other = new Digest("sha256:" + "0".repeat(64));

        assertThatThrownBy(() -> store().take(DEBIAN, content, Optional.of(other), step -> {}))
                .isInstanceOf(CoveException.class)
                .hasMessageContaining("not the file that was meant");
    }

    @Test
    void refusesAnUnknownRecipeBeforeAnythingIsMade() throws Exception {
        var build = new Build(DEBIAN, "debain", Optional.empty());

        assertThatThrownBy(() -> store().build(build, step -> {}))
                .isInstanceOf(CoveException.class)
                .hasMessageContaining("did you mean \"debian\"");
    }

    private ImageStore store() throws InterruptedException {
        return TestPool.images(folder);
    }

    private Digest put(String name, String disk, int second) throws IOException {
        var image = Files.createTempDirectory(folder, name);
        Files.writeString(image.resolve("disk.raw"), disk);
        Files.writeString(image.resolve("vmlinux"), "kernel");
        Files.writeString(image.resolve("initramfs"), "initramfs");
        var digest =
                ImageFolder.seal(
                        image,
                        new Name(name),
                        "a test",
                        "root",
                        "/sbin/init",
                        "quiet",
                        Instant.ofEpochSecond(second));
        Files.move(image, folder.resolve(name + "@" + digest.hex().substring(0, 16)));
        return digest;
    }

    /// What works on an image in the making.
    private static Process strayIn(Path work) throws IOException {
        var line = new ProcessBuilder("sleep", "60");
        line.environment().put("COVE_WORK", work.toString());
        return line.start();
    }

    private Path onlyHalf() throws IOException {
        try (var found = Files.newDirectoryStream(folder, ".half-*")) {
            return found.iterator().next();
        }
    }

    private Path only(String name) throws IOException {
        try (var found = Files.newDirectoryStream(folder, name + "@*")) {
            return found.iterator().next();
        }
    }
}

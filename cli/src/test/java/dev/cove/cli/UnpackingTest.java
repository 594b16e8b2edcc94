package dev.cove.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cove.tar.TarEntry;
import dev.cove.tar.TarReader;
import dev.cove.tar.TarWriter;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UnpackingTest {
    private static final Instant THEN = Instant.parse("2026-01-01T00:00:00Z");

    /// Too long for one field of a header, and short enough for two.
    private static final String DEEP = "deep-".repeat(15) + "/" + "down-".repeat(15);

    @TempDir Path folder;
    private Path target;
    private final ByteArrayOutputStream archive = new ByteArrayOutputStream();
    private final TarWriter tar = new TarWriter(archive);

    @BeforeEach
    void makeTarget() throws IOException {
        target = Files.createDirectory(folder.resolve("target"));
        Files.writeString(folder.resolve("secret"), "untouched");
    }

    private void file(String path, String content) throws IOException {
        var bytes = content.getBytes(StandardCharsets.UTF_8);
        var entry = TarEntry.file(path, 04755, bytes.length, THEN);
        tar.file(entry, new ByteArrayInputStream(bytes));
    }

    private void link(String path, String to) throws IOException {
        tar.add(TarEntry.symlink(path, to, THEN));
    }

    private void again(String path, String earlier) throws IOException {
        tar.add(new TarEntry(TarEntry.Kind.HARDLINK, path, 0644, 0, 0, 0, THEN, earlier));
    }

    private void folder(String path, int mode) throws IOException {
        tar.add(TarEntry.folder(path, mode, THEN));
    }

    private List<String> unpack() throws IOException {
        tar.end();
        var in = new ByteArrayInputStream(archive.toByteArray());
        return new Unpacking(target, "top").unpack(new TarReader(in));
    }

    @Test
    void unpacksFilesFoldersAndLinksUnderANewTop() throws IOException {
        folder("web/", 0555);
        file("web/" + "long-".repeat(40) + "ü", "content");
        link("web/a", "sub/b");
        folder("web/sub", 0755);
        file("web/sub/b", "b");

        assertThat(unpack()).isEmpty();

        assertThat(target.resolve("top/a")).hasContent("b");
        assertThat(target.resolve("top/" + "long-".repeat(40) + "ü")).hasContent("content");
        assertThat(Files.getLastModifiedTime(target.resolve("top")).toInstant()).isEqualTo(THEN);
        assertThat(Files.getPosixFilePermissions(target.resolve("top/sub/b"))).hasSize(7);
        assertThat((int) Files.getAttribute(target.resolve("top/sub/b"), "unix:mode") & 07000)
                .isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"../secret", "/secret", "web/../../secret", "web/..", "..", ".", "", "/"})
    void writesNothingOutsideOfTheTarget(String path) throws IOException {
        file(path, "evil");

        assertThat(unpack()).hasSize(1);
        assertThat(folder.resolve("secret")).hasContent("untouched");
        assertThat(target).isEmptyDirectory();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/etc/passwd", "..", "../x", "a/../../x", "b/../c", ""})
    void makesNoLinkThatLeadsOut(String to) throws IOException {
        folder("web", 0755);
        link("web/link", to);

        assertThat(unpack()).hasSize(1);
        assertThat(Files.exists(target.resolve("top/link"), LinkOption.NOFOLLOW_LINKS)).isFalse();
    }

    @Test
    void writesThroughNoLinkThatIsThereAlready() throws IOException {
        Files.createDirectory(target.resolve("top"));
        Files.createSymbolicLink(target.resolve("top/out"), folder);
        Files.createSymbolicLink(target.resolve("top/file"), folder.resolve("secret"));
        file("web/out/secret", "evil");
        folder("web/out", 0777);
        file("web/file", "fine");

        assertThat(unpack()).hasSize(2);
        assertThat(folder.resolve("secret")).hasContent("untouched");
        assertThat(Files.isRegularFile(target.resolve("top/file"), LinkOption.NOFOLLOW_LINKS))
                .isTrue();
    }

    @Test
    void leavesAloneWhatAFolderWasReplacedWith() throws IOException {
        folder("web", 0755);
        folder("web/d", 0700);
        link("web/d", "e");
        link("web", "secret");

        assertThat(unpack()).singleElement().asString().contains("leads out");
        assertThat(target.resolve("top/d")).isSymbolicLink();
    }

    @Test
    void doesNotFollowALinkThatTheArchiveItselfMade() throws IOException {
        folder("web", 0755);
        folder("web/real", 0755);
        link("web/link", "real");
        file("web/link/x", "through");

        assertThat(unpack()).hasSize(1);
        assertThat(target.resolve("top/real")).isEmptyDirectory();
    }

    @Test
    void makesLinksWhoseNamesHaveDots() throws IOException {
        folder("web", 0755);
        link("web/link", "a..b/c..");

        assertThat(unpack()).isEmpty();
        assertThat(Files.readSymbolicLink(target.resolve("top/link"))).hasToString("a..b/c..");
    }

    @Test
    void givesAFileOtherNamesAndNoOtherContent() throws IOException {
        folder("web", 0755);
        file("web/a", "content");
        for (var i = 0; i < 5; i++) {
            again("web/b" + i, "web/a");
        }

        assertThat(unpack()).isEmpty();
        assertThat(target.resolve("top/b4")).hasContent("content");
        assertThat(Files.getAttribute(target.resolve("top/a"), "unix:nlink")).isEqualTo(6);
    }

    @ParameterizedTest
    @ValueSource(strings = {"../secret", "web/link", "web/gone", "web/b", "web"})
    void givesNoOtherNameToWhatIsNoFileOfTheArchive(String to) throws IOException {
        folder("web", 0755);
        link("web/link", "gone");
        again("web/b", to);

        assertThat(unpack()).singleElement().asString().contains("another name of is not there");
        assertThat(Files.exists(target.resolve("top/b"), LinkOption.NOFOLLOW_LINKS)).isFalse();
    }

    @Test
    void showsNobodyAFileBeforeItsModeIsSet() throws IOException {
        folder("web", 0700);
        file("web/key", "k".repeat(2000));
        tar.end();
        var seen = new ArrayList<String>();
        var watched =
                new FilterInputStream(new ByteArrayInputStream(archive.toByteArray())) {
                    @Override
                    public int read(byte[] bytes, int offset, int length) throws IOException {
                        if (Files.exists(target.resolve("top/key"))) {
                            seen.add(mode("top") + mode("top/key"));
                        }
                        return super.read(bytes, offset, length);
                    }
                };

        new Unpacking(target, "top").unpack(new TarReader(watched));

        assertThat(seen.getFirst()).isEqualTo("rwx------rw-------");
        assertThat(mode("top/key")).isEqualTo("rwxr-xr-x");
    }

    private String mode(String file) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(target.resolve(file)));
    }

    @Test
    void tellsOfTheFirstHundredThatItLeavesOut() throws IOException {
        for (var i = 0; i < 150; i++) {
            file("../" + i, "");
        }

        assertThat(unpack()).hasSize(101).last().isEqualTo("left out 50 more");
    }

    @Test
    void readsWhatTheSystemsTarWrites() throws Exception {
        var source = Files.createDirectories(folder.resolve("source/" + DEEP));
        Files.writeString(source.resolve("file"), "content");
        Files.createLink(source.resolve("same"), source.resolve("file"));
        for (var format : List.of("gnu", "pax", "ustar")) {
            var made =
                    new ProcessBuilder(
                                    "tar",
                                    "-C",
                                    folder.toString(),
                                    "--format=" + format,
                                    "-cf",
                                    "-",
                                    "source")
                            .start();
            new Unpacking(target, format).unpack(new TarReader(made.getInputStream()));
            assertThat(made.waitFor(10, TimeUnit.SECONDS)).isTrue();
            var below = target.resolve(format).resolve(DEEP);
            assertThat(below.resolve("file")).hasContent("content");
            if (!format.equals("ustar")) { // which has no room for where so long a link leads
                assertThat(below.resolve("same")).hasContent("content");
            }
        }
    }

    @Test
    void writesWhatTheSystemsTarReads() throws Exception {
        var source = Files.createDirectories(folder.resolve("source"));
        Files.writeString(source.resolve("x".repeat(150) + "é"), "content");
        Files.createSymbolicLink(source.resolve("link"), Path.of("y".repeat(120)));
        var archived = folder.resolve("archive.tar");
        try (var out = Files.newOutputStream(archived)) {
            Packing.write(source, "top", out);
        }

        var read =
                new ProcessBuilder("tar", "-C", target.toString(), "-xf", archived.toString())
                        .inheritIO()
                        .start();
        assertThat(read.waitFor()).isZero();
        assertThat(target.resolve("top/" + "x".repeat(150) + "é")).hasContent("content");
        assertThat(Files.readSymbolicLink(target.resolve("top/link"))).hasToString("y".repeat(120));
    }

    @Test
    void survivesWhateverIsDoneToAnArchive() throws IOException {
        folder("web", 0755);
        file("web/a", "a".repeat(600));
        link("web/b", "a");
        tar.end();
        var random = new Random(7);
        for (var i = 0; i < 3000; i++) {
            var bytes = archive.toByteArray();
            for (var n = 1 + random.nextInt(4); n > 0; n--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            try {
                new Unpacking(target, "top").unpack(new TarReader(new ByteArrayInputStream(bytes)));
            } catch (IOException e) {
                assertThat(e.getMessage()).as("seed 7, round %d", i).isNotEmpty();
            }
        }
        try (var all = Files.list(folder)) {
            assertThat(all.map(Path::getFileName).map(Path::toString))
                    .containsExactlyInAnyOrder("target", "secret");
        }
        assertThat(folder.resolve("secret")).hasContent("untouched");
    }

    @Test
    void saysThatACutArchiveIsCut() throws IOException {
        file("web", "a".repeat(5000));
        var half = java.util.Arrays.copyOf(archive.toByteArray(), 2000);

        assertThatThrownBy(() ->
                        new Unpacking(target, "top")
                                .unpack(new TarReader(new ByteArrayInputStream(half))))
                .hasMessageContaining("cut short");
    }
}

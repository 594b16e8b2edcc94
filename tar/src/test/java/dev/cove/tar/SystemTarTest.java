package dev.cove.tar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cove.tar.TarEntry.Kind;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What the system's own tar makes of ours, and we of its.
class SystemTarTest {
    private static final Instant THEN = Instant.parse("2026-01-01T00:00:00Z");

    @TempDir Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"gnu", "pax", "ustar", "v7", "oldgnu"})
    void readsItsFormats(String format) throws Exception {
        var source = Files.createDirectory(folder.resolve("source"));
        Files.writeString(source.resolve("file"), "content");
        Files.setLastModifiedTime(source.resolve("file"), FileTime.from(THEN));
        Files.createSymbolicLink(source.resolve("link"), Path.of("file"));

        var entries = read(tar("--format=" + format, "--sort=name", "source"));

        assertThat(entries)
                .extracting(TarEntry::kind)
                .containsExactly(Kind.FOLDER, Kind.FILE, Kind.SYMLINK);
        assertThat(entries)
                .extracting(TarEntry::path)
                .containsExactly("source/", "source/file", "source/link");
        assertThat(entries.get(1).modified()).isEqualTo(THEN);
        assertThat(entries.get(1).size()).isEqualTo(7);
        assertThat(entries.get(2).target()).isEqualTo("file");
    }

    @ParameterizedTest
    @ValueSource(strings = {"gnu", "pax"})
    void readsItsTimesBefore1970(String format) throws Exception {
        var old = Instant.parse("1960-01-01T00:00:00Z");
        var file = Files.createFile(folder.resolve("old"));
        Files.setLastModifiedTime(file, FileTime.from(old));

        assertThat(read(tar("--format=" + format, "old")))
                .singleElement()
                .extracting(TarEntry::modified)
                .isEqualTo(old);
    }

    @ParameterizedTest
    @ValueSource(strings = {"gnu", "pax"})
    void refusesItsSparseFiles(String format) throws Exception {
        try (var file = new RandomAccessFile(folder.resolve("sparse").toFile(), "rw")) {
            file.setLength(10 << 20);
        }
        var archive = tar("--sparse", "--format=" + format, "sparse");

        assertThatThrownBy(() -> read(archive))
                .isInstanceOf(TarException.class)
                .hasMessageContaining("sparse file");
    }

    @Test
    void writesWhatItLists() throws Exception {
        var deep = "top/" + "d".repeat(120) + "/ü";
        var archive = folder.resolve("ours.tar");
        try (var out = Files.newOutputStream(archive)) {
            var tar = new TarWriter(out);
            tar.add(TarEntry.folder("top/", 02755, THEN));
            var file = new TarEntry(Kind.FILE, deep, 04711, 4_000_000_000L, 3, 2, THEN, "");
            tar.file(file, new ByteArrayInputStream(new byte[] {1, 2}));
            tar.add(TarEntry.symlink("top/link", "x".repeat(101), THEN));
            tar.add(new TarEntry(Kind.HARDLINK, "top/again", 0644, 0, 0, 0, THEN, deep));
            tar.end();
        }

        var listed = run("tar", "--utc", "--numeric-owner", "-tvf", archive.toString());

        assertThat(listed.lines().map(line -> line.replaceAll(" +", " ")))
                .containsExactly(
                        "drwxr-sr-x 0/0 0 2026-01-01 00:00 top/",
                        "-rws--x--x 4000000000/3 2 2026-01-01 00:00 " + deep,
                        "lrwxrwxrwx 0/0 0 2026-01-01 00:00 top/link -> " + "x".repeat(101),
                        "hrw-r--r-- 0/0 0 2026-01-01 00:00 top/again link to " + deep);
    }

    private byte[] tar(String... words) throws Exception {
        var line = new ArrayList<>(List.of("tar", "-C", folder.toString(), "-cf", "-"));
        line.addAll(List.of(words));
        return output(new ProcessBuilder(line));
    }

    private static String run(String... line) throws Exception {
        var builder = new ProcessBuilder(line);
        builder.environment().put("LC_ALL", "C.UTF-8");
        return new String(output(builder), StandardCharsets.UTF_8);
    }

    private static byte[] output(ProcessBuilder builder) throws Exception {
        var process = builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
        var said = process.getInputStream().readAllBytes();
        assertThat(process.waitFor()).isZero();
        return said;
    }

    private static List<TarEntry> read(byte[] archive) throws IOException {
        var reader = new TarReader(new ByteArrayInputStream(archive));
        var entries = new ArrayList<TarEntry>();
        for (var entry = reader.next(); entry.isPresent(); entry = reader.next()) {
            entries.add(entry.get());
        }
        return entries;
    }
}

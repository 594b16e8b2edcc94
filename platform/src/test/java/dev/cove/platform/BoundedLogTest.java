package dev.cove.platform;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BoundedLogTest {
    private static final long MOST = 256 << 10;

    @TempDir Path folder;

    @Test
    void keepsTheNewestAndGoesOnWhereTheWriterIs() throws IOException {
        var file = folder.resolve("log");
        try (var writer =
                Files.newBufferedWriter(
                        file, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
            for (var i = 0; i < 100_000; i++) {
                writer.write("line %06d\n".formatted(i));
            }
            writer.flush();

            assertThat(new BoundedLog(file, MOST).trim()).isTrue();

            writer.write("the end\n");
        }
        var lines = Files.readAllLines(file);
        assertThat(Files.size(file)).isLessThan(MOST);
        assertThat(lines)
                .hasSizeGreaterThan(5_000)
                .endsWith("line 099998", "line 099999", "the end");
    }

    @Test
    void leavesASmallOneAlone() throws IOException {
        var file = Files.writeString(folder.resolve("log"), "hello\n");

        assertThat(new BoundedLog(file, MOST).trim()).isFalse();

        assertThat(file).hasContent("hello");
    }

    @Test
    void touchesNothingThatALinkLeadsTo() throws IOException {
        var victim = Files.writeString(folder.resolve("victim"), "x".repeat((int) MOST * 2));
        var link = Files.createSymbolicLink(folder.resolve("log"), victim);

        assertThat(new BoundedLog(link, MOST).trim()).isFalse();

        assertThat(Files.size(victim)).isEqualTo(MOST * 2);
    }

    @Test
    void findsNothingToDoWhereThereIsNoFile() throws IOException {
        assertThat(new BoundedLog(folder.resolve("log"), MOST).trim()).isFalse();
    }
}

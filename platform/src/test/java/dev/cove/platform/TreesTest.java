package dev.cove.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TreesTest {
    @TempDir Path folder;

    @Test
    void deletesAFolderWithAllThatIsInIt() throws IOException {
        var tree = Files.createDirectories(folder.resolve("tree/a/b"));
        Files.writeString(tree.resolve("file"), "x");

        Trees.delete(folder.resolve("tree"));

        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void deletesLinksAndNotWhatTheyLeadTo() throws IOException {
        var kept = Files.createDirectory(folder.resolve("kept"));
        Files.writeString(kept.resolve("file"), "x");
        var tree = Files.createDirectory(folder.resolve("tree"));
        Files.createSymbolicLink(tree.resolve("link"), kept);
        var link = Files.createSymbolicLink(folder.resolve("link"), kept);

        Trees.delete(tree);
        Trees.delete(link);

        assertThat(tree).doesNotExist();
        assertThat(Files.isSymbolicLink(link)).isFalse();
        assertThat(kept.resolve("file")).exists();
    }

    @Test
    void doesNothingWhereThereIsNothing() throws IOException {
        Trees.delete(folder.resolve("nothing"));

        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void deletesFoldersThatAreNestedDeeperThanAnyPathIsLong() throws Exception {
        var tree = Files.createDirectory(folder.resolve("tree"));
        var perl = "for (1..100) { mkdir 'd' x 200 or die; chdir 'd' x 200 or die }";
        var nested = Command.of("perl", "-e", perl).in(tree).within(Duration.ofSeconds(20)).run();
        assumeTrue(nested.exit() == 0, "needs perl");

        Trees.delete(tree);

        assertThat(folder).isEmptyDirectory();
    }
}

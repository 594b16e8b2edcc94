package dev.cove.vmm.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A folder in which a VMM that a guest has taken over could make what it liked.
class VmFolderTest {
    @TempDir Path path;

    @Test
    void removesFoldersThatAreCalledLikeSockets() throws IOException {
        var folder = new VmFolder(path);
        var outside = Files.createDirectory(path.resolve("outside"));
        Files.writeString(outside.resolve("file"), "kept");
        Files.createDirectories(folder.monitorSocket().resolve("a/b"));
        Files.createSymbolicLink(folder.monitorSocket().resolve("a/link"), outside);
        Files.createSymbolicLink(folder.guestSocket(), outside);
        Files.writeString(folder.stateSocket(), "a file");

        folder.removeSockets();

        try (var left = Files.list(path)) {
            assertThat(left).containsExactly(outside);
        }
        assertThat(outside.resolve("file")).hasContent("kept");
    }

    @Test
    void readsNoMoreOfALogThanItsEnd() throws IOException {
        var folder = new VmFolder(path);
        try (var log = Files.newOutputStream(folder.qemuLog())) {
            log.write("the first word\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
            log.write(new byte[100_000]);
            log.write("\none\ntwo\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        }

        assertThat(folder.lastWords()).endsWith("; one; two").hasSizeLessThan(9000);
    }

    @Test
    void hasNoLastWordsOfALogThatIsALink() throws IOException {
        var folder = new VmFolder(path);
        var secret = Files.writeString(path.resolve("secret"), "do not tell");
        Files.createSymbolicLink(folder.qemuLog(), secret);

        assertThat(folder.lastWords()).isEmpty();
    }
}

package dev.cove.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SparseFileTest {
    private static final long FAR = 1L << 30;

    @TempDir Path folder;

    @Test
    void findsTheDataBetweenHoles() throws Exception {
        var file = folder.resolve("sparse");
        write(file, 0);
        write(file, FAR);

        var starts = new ArrayList<Long>();
        var length = new long[1];
        SparseFile.<IOException>eachExtent(
                file,
                (from, to) -> {
                    starts.add(from);
                    length[0] += to - from;
                });

        assertThat(starts).containsExactly(0L, FAR);
        assertThat(length[0]).isLessThan(1 << 20);
    }

    @Test
    void findsNothingInAnEmptyFile() throws Exception {
        var file = Files.createFile(folder.resolve("empty"));

        var found = new ArrayList<Long>();
        SparseFile.<RuntimeException>eachExtent(file, (from, to) -> found.add(from));

        assertThat(found).isEmpty();
    }

    @Test
    void namesTheCallThatFailed() throws Exception {
        var file = Files.createFile(folder.resolve("file"));

        assertThatThrownBy(() -> SparseFile.share(folder.resolve("absent"), file))
                .isInstanceOf(SystemCallException.class)
                .hasMessageContaining("open failed");
    }

    private static void write(Path file, long at) throws IOException {
        try (var out =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            out.write(ByteBuffer.wrap(new byte[] {1}), at);
        }
    }
}

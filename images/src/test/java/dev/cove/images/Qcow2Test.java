package dev.cove.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cove.core.Bytes;
import dev.cove.core.CoveException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class Qcow2Test {
    @TempDir Path folder;

    private final ByteBuffer header =
            ByteBuffer.allocate(104).putInt(0, Qcow2.MAGIC).putInt(4, 3).putLong(24, 1L << 30);

    @Test
    void readsTheSizeOfAPlainDisk() throws Exception {
        assertThat(Qcow2.read(file()).size()).isEqualTo(Bytes.gibibytes(1));
    }

    @Test
    void readsTheOlderVersion() throws Exception {
        header.putInt(4, 2).limit(72);

        assertThat(Qcow2.read(file()).size()).isEqualTo(Bytes.gibibytes(1));
    }

    @Test
    void refusesABackingFile() {
        header.putLong(8, 512).putInt(16, "/etc/shadow".length());

        refuses("backing file");
    }

    @Test
    void refusesABackingFileWithoutALength() {
        header.putLong(8, 512);

        refuses("backing file");
    }

    @Test
    void refusesADataFile() {
        header.putLong(72, 4);

        refuses("in another file");
    }

    @Test
    void refusesEncryption() {
        header.putInt(32, 2);

        refuses("encrypted");
    }

    @Test
    void refusesWhatItDoesNotKnow() {
        header.putLong(72, 1L << 40);

        refuses("unknown features");
    }

    @Test
    void refusesAVersionFromTheFuture() {
        header.putInt(4, 4);

        refuses("version is 4");
    }

    @Test
    void refusesASizeBeyondNumbers() {
        header.putLong(24, -1);

        refuses("its size is 18446744073709551615");
    }

    @Test
    void refusesAHeaderThatEndsEarly() {
        header.limit(80);

        refuses("cut short");
    }

    @Test
    void survivesAnyHeader() throws Exception {
        var seed = new Random().nextLong();
        var random = new Random(seed);
        for (var i = 0; i < 2000; i++) {
            var bytes = new byte[104];
            random.nextBytes(bytes);
            header.clear().put(bytes).putInt(0, Qcow2.MAGIC).limit(random.nextInt(105));
            try {
                assertThat(Qcow2.read(file()).size().count()).as("seed %d", seed).isPositive();
            } catch (CoveException e) {
                assertThat(e.kind()).as("seed %d", seed).isEqualTo(CoveException.Kind.INVALID);
            }
        }
    }

    private void refuses(String why) {
        assertThatThrownBy(() -> Qcow2.read(file()))
                .isInstanceOf(CoveException.class)
                .hasMessageContaining(why);
    }

    private Path file() throws IOException {
        var bytes = new byte[header.limit()];
        header.get(0, bytes);
        return Files.write(folder.resolve("disk.qcow2"), bytes);
    }
}

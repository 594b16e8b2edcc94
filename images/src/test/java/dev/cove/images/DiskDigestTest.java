package dev.cove.images;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskDigestTest {
    private static final int SIZE = 1 << 20;

    @TempDir Path folder;

    @Test
    void doesNotDependOnWhereTheHolesAre() throws Exception {
        var sparse = disk("sparse", SIZE);
        write(sparse, 300_000, 7);
        var full = Files.write(folder.resolve("full"), new byte[SIZE]);
        write(full, 300_000, 7);

        assertThat(DiskDigest.of(sparse)).isEqualTo(DiskDigest.of(full));
    }

    @Test
    void seesEveryByte() throws Exception {
        var disk = disk("disk", SIZE);
        var before = DiskDigest.of(disk);

        for (var at : new int[] {0, DiskDigest.BLOCK - 1, DiskDigest.BLOCK, SIZE - 1}) {
            write(disk, at, 1);
            var changed = DiskDigest.of(disk);
            assertThat(changed).isNotEqualTo(before);
            before = changed;
        }
    }

    @Test
    void seesWhereABlockIs() throws Exception {
        var one = disk("one", SIZE);
        write(one, 0, 1);
        var other = disk("other", SIZE);
        write(other, DiskDigest.BLOCK, 1);

        assertThat(DiskDigest.of(one)).isNotEqualTo(DiskDigest.of(other));
    }

    @Test
    void seesTheSize() throws Exception {
        assertThat(DiskDigest.of(disk("one", SIZE)))
                .isNotEqualTo(DiskDigest.of(disk("other", SIZE + 1)));
    }

    @Test
    void readsHolesForNothing() throws Exception {
        var disk = disk("large", 1L << 40);
        write(disk, 1L << 39, 1);

        assertThat(DiskDigest.of(disk).hex()).hasSize(64);
    }

    private Path disk(String name, long size) throws IOException {
        var file = folder.resolve(name);
        try (var out = new java.io.RandomAccessFile(file.toFile(), "rw")) {
            out.setLength(size);
        }
        return file;
    }

    private static void write(Path file, long at, int value) throws IOException {
        try (var out = FileChannel.open(file, StandardOpenOption.WRITE)) {
            out.write(ByteBuffer.wrap(new byte[] {(byte) value}), at);
        }
    }
}

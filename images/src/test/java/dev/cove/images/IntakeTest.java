package dev.cove.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.cove.core.Bytes;
import dev.cove.core.CoveException;
import dev.cove.core.Image;
import dev.cove.core.Name;
import dev.cove.platform.Command;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// With the real programs, which run as a user of their own. The kernel is that of an image that is
/// there already.
@Tag("root")
class IntakeTest {
    private static final Name MINE = new Name("mine");

    @TempDir Path scratch;

    private Path folder;
    private Path root;

    @BeforeEach
    void makeARootFileSystem() throws Exception {
        assumeTrue(
                new com.sun.security.auth.module.UnixSystem().getUid() == 0,
                "imports take root: their programs run as somebody else");
        // Only who owns it gets through the temporary folder; the user of the programs has to.
        Files.setPosixFilePermissions(
                scratch, java.nio.file.attribute.PosixFilePermissions.fromString("rwx--x--x"));
        folder = Files.createDirectory(scratch.resolve("images"));
        root = Files.createDirectories(scratch.resolve("root/sbin"));
        Files.writeString(root.resolve("init"), "#!/bin/sh\n");
        root = scratch.resolve("root");
        putAnImageWithAKernel();
    }

    @ParameterizedTest
    @ValueSource(strings = {"--gzip", "--xz", "--zstd", "--no-recursion"})
    void takesATarballHoweverItIsPacked(String packing) throws Exception {
        var image = take(tar(packing));

        assertThat(listing(image)).contains("init");
        assertThat(Files.readString(image.kernel())).isEqualTo("kernel");
    }

    @Test
    void takesARawDisk() throws Exception {
        var image = take(disk());

        assertThat(listing(image)).contains("init");
        assertThat(image.size()).isEqualTo(Bytes.mebibytes(16));
    }

    @Test
    void takesAQcow2Disk() throws Exception {
        var qcow2 = scratch.resolve("disk.qcow2");
        Command.of(
                        "qemu-img",
                        "convert",
                        "-c",
                        "-f",
                        "raw",
                        "-O",
                        "qcow2",
                        disk().toString(),
                        qcow2.toString())
                .run()
                .orThrow();

        assertThat(listing(take(qcow2))).contains("init");
    }

    @ParameterizedTest
    @ValueSource(strings = {"--gzip", "--xz", "--zstd"})
    void leavesNothingOfATarballThatIsCutShort(String packing) throws Exception {
        var tar = tar(packing);
        cut(tar, Files.size(tar) - 20);

        assertRefused(tar, "--sha256");
    }

    @Test
    void leavesNothingOfADiskThatIsCutShort() throws Exception {
        var disk = disk();
        cut(disk, 15 << 20);

        assertRefused(disk, "it ends before its ext4 file system does");
    }

    private void assertRefused(Path file, String why) throws IOException {
        assertThatThrownBy(() -> take(file))
                .isInstanceOf(CoveException.class)
                .hasMessageContaining(why);
        try (var left = Files.list(folder)) {
            assertThat(left).hasSize(1);
        }
    }

    private Image take(Path file) throws Exception {
        try (var content = Files.newInputStream(file)) {
            return TestPool.images(folder).take(MINE, content, Optional.empty(), step -> {});
        }
    }

    private Path tar(String packing) throws InterruptedException {
        var tar = scratch.resolve("root.tar");
        Command.of("tar", "-c", packing, "-f", tar.toString(), "-C", root.toString(), "sbin/init")
                .run()
                .orThrow();
        return tar;
    }

    private Path disk() throws Exception {
        var disk = scratch.resolve("disk.raw");
        Ext4.make(scratch, root, disk, Bytes.mebibytes(16));
        return disk;
    }

    private static String listing(Image image) throws InterruptedException {
        return Command.of("debugfs", "-R", "ls /sbin", image.disk().toString()).run().orThrow();
    }

    private static void cut(Path file, long length) throws IOException {
        try (var open = new RandomAccessFile(file.toFile(), "rw")) {
            open.setLength(length);
        }
    }

    private void putAnImageWithAKernel() throws IOException {
        var image = Files.createDirectory(folder.resolve("other"));
        Files.writeString(image.resolve("disk.raw"), "disk");
        Files.writeString(image.resolve("vmlinux"), "kernel");
        Files.writeString(image.resolve("initramfs"), "initramfs");
        var digest =
                ImageFolder.seal(
                        image,
                        new Name("other"),
                        "a test",
                        "root",
                        "/sbin/init",
                        "quiet",
                        Instant.EPOCH);
        Files.move(image, folder.resolve("other@" + digest.hex().substring(0, 16)));
    }
}

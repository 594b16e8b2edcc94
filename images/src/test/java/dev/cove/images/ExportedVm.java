package dev.cove.images;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.cove.core.Bytes;
import dev.cove.core.Digest;
import dev.cove.core.Export;
import dev.cove.core.ImageRef;
import dev.cove.core.Labels;
import dev.cove.core.Name;
import dev.cove.core.Shape;
import dev.cove.core.Snapshot;
import dev.cove.core.SnapshotId;
import dev.cove.core.SshKey;
import dev.cove.core.VmId;
import dev.cove.core.port.Snapshots;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/// A small VM at rest in a folder, and drafts that are folders.
final class ExportedVm {
    static final int DISK = 8 << 20;
    static final int MEMORY = 64 << 20;
    private static final String KEY =
            "AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f";

    private ExportedVm() {}

    /// @param memory whether its machine has a memory of its own
    static Export running(boolean memory) {
        return export(
                Optional.of(
                        new Snapshot.Moment(
                                "qemu",
                                "QEMU 7.2.17, some processor",
                                true,
                                Duration.ofMillis(7),
                                0xfedcba98L,
                                memory ? Optional.of(5L) : Optional.empty())));
    }

    static Export stopped() {
        return export(Optional.empty());
    }

    private static Export export(Optional<Snapshot.Moment> moment) {
        return new Export(
                new Name("web"),
                new ImageRef(new Name("debian"), new Digest("sha256:" + "0f".repeat(32))),
                new Shape(2, new Bytes(MEMORY), Bytes.mebibytes(64)),
                Optional.of("qemu"),
                List.of(SshKey.parse("ssh-ed25519 " + KEY + " ada@home")),
                new Labels(Map.of("env", "test")),
                Optional.of(Duration.ofMinutes(10)),
                moment,
                Instant.parse("2026-01-02T12:00:00.000000001Z"));
    }

    /// Files with holes, with text that packs well, and with noise that does not pack.
    static Snapshots.Files write(Path folder, Random random) throws IOException {
        var files = files(Files.createDirectory(folder));
        var noise = new byte[70_000];
        random.nextBytes(noise);
        try (var disk = new RandomAccessFile(files.disk().toFile(), "rw")) {
            disk.setLength(DISK);
            put(disk, 1024, "a superblock ".repeat(1000).getBytes(UTF_8));
            put(disk, (3 << 20) - 100, noise);
            put(disk, DISK - 3, new byte[] {1, 2, 3});
        }
        try (var memory = new RandomAccessFile(files.memory().toFile(), "rw")) {
            memory.setLength(MEMORY);
            put(memory, 0, new byte[] {7});
            put(memory, 40 << 20, noise);
        }
        Files.write(files.state(), new byte[5000]);
        Files.write(files.state(), noise, java.nio.file.StandardOpenOption.APPEND);
        return files;
    }

    private static void put(RandomAccessFile file, long at, byte[] content) throws IOException {
        file.seek(at);
        file.write(content);
    }

    static byte[] bytes(Export export, Snapshots.Files files) throws Exception {
        var bytes = new ByteArrayOutputStream();
        new ExportFile(() -> Bytes.gibibytes(1)).write(export, files, bytes);
        return bytes.toByteArray();
    }

    static Export read(byte[] file, Path folder) throws Exception {
        return read(file, folder, Bytes.gibibytes(1));
    }

    static Export read(byte[] file, Path folder, Bytes free) throws Exception {
        return new ExportFile(() -> free)
                .read(new ByteArrayInputStream(file), new FolderDraft(folder), _ -> {});
    }

    static Snapshots.Files files(Path folder) {
        return new Snapshots.Files(
                folder.resolve("state"), folder.resolve("memory"), folder.resolve("disk.raw"));
    }

    /// A draft in a folder that is there.
    record FolderDraft(Path folder) implements Snapshots.Draft {
        @Override
        public Snapshots.Files files() {
            return ExportedVm.files(folder);
        }

        @Override
        public void takeDisk(VmId vm) {
            throw new IllegalStateException("an import takes no VM's disk");
        }

        @Override
        public void take(SnapshotId from) {
            throw new IllegalStateException("an import takes no snapshot");
        }

        @Override
        public Snapshot keep(Snapshot snapshot) {
            throw new IllegalStateException("the caller keeps it");
        }

        @Override
        public void close() {
            throw new IllegalStateException("the caller closes it");
        }
    }
}

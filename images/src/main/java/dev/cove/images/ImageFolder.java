package dev.cove.images;

import dev.cove.core.Bytes;
import dev.cove.core.CoveException;
import dev.cove.core.Digest;
import dev.cove.core.Image;
import dev.cove.core.Name;
import dev.cove.platform.SparseFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/// The folder of one image: `disk.raw`, `vmlinux`, `initramfs`, and `image.json`, which is written
/// last and says what the others have to be.
final class ImageFolder {
    static final String DISK = "disk.raw";
    static final String KERNEL = "vmlinux";
    static final String INITRAMFS = "initramfs";
    private static final String RECORD = "image.json";
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private ImageFolder() {}

    /// @param disk the disk's digest, by which the image goes
    /// @param files what the files have to be: size, time of change, digest
    record Document(
            int version,
            String name,
            String disk,
            long used,
            String origin,
            String user,
            String init,
            String kernelArguments,
            Instant created,
            Map<String, Stamp> files) {}

    /// @param modified milliseconds since 1970
    record Stamp(long size, long modified, String digest) {}

    /// Seals a folder whose three files are there: nobody writes to them any more.
    static Digest seal(
            Path folder,
            Name name,
            String origin,
            String user,
            String init,
            String kernelArguments,
            Instant created)
            throws IOException {
        var stamps = new TreeMap<String, Stamp>();
        var used = 0L;
        for (var file : new String[] {DISK, KERNEL, INITRAMFS}) {
            var path = folder.resolve(file);
            // The kernel is read by VMMs, each as a user of its own; the rest by Cove alone.
            Files.setPosixFilePermissions(
                    path,
                    PosixFilePermissions.fromString(
                            file.equals(KERNEL) ? "r--r--r--" : "r--------"));
            stamps.put(file, stamp(path));
            used += SparseFile.dataIn(path);
        }
        var disk = java.util.Objects.requireNonNull(stamps.get(DISK)).digest;
        var document =
                new Document(
                        1,
                        name.text(),
                        disk,
                        used,
                        origin,
                        user,
                        init,
                        kernelArguments,
                        created,
                        stamps);
        Files.writeString(folder.resolve(RECORD), JSON.writeValueAsString(document));
        return new Digest(disk);
    }

    private static Stamp stamp(Path file) throws IOException {
        return new Stamp(
                Files.size(file),
                Files.getLastModifiedTime(file).toMillis(),
                DiskDigest.of(file).text());
    }

    /// Reads an image and looks whether its files still have their size and time.
    ///
    /// @throws CoveException INTERNAL when it is damaged
    static Image read(Path folder) {
        var document = document(folder);
        document.files.forEach((file, stamp) -> requireUnchanged(folder.resolve(file), stamp));
        var disk = document.files.get(DISK);
        if (disk == null
                || !document.files.keySet().containsAll(java.util.List.of(KERNEL, INITRAMFS))) {
            throw damaged(folder, "its record lacks a file", null);
        }
        return new Image(
                new Name(document.name),
                new Digest(document.disk),
                new Bytes(disk.size),
                new Bytes(document.used),
                document.origin,
                document.user,
                folder.resolve(DISK),
                folder.resolve(KERNEL),
                folder.resolve(INITRAMFS),
                document.kernelArguments,
                document.created);
    }

    /// The init that its initramfs hands over to.
    static String init(Path folder) {
        return document(folder).init;
    }

    /// Reads every byte and compares.
    ///
    /// @throws CoveException INTERNAL when one of the files is not what it was
    static void verify(Path folder) {
        document(folder)
                .files
                .forEach((file, stamp) -> {
                    try {
                        var found = DiskDigest.of(folder.resolve(file)).text();
                        if (!found.equals(stamp.digest)) {
                            throw damaged(folder, file + " is not what it was", null);
                        }
                    } catch (IOException e) {
                        throw damaged(folder, file + " cannot be read", e);
                    }
                });
    }

    private static Document document(Path folder) {
        try {
            return JSON.readValue(Files.readString(folder.resolve(RECORD)), Document.class);
        } catch (IOException | JacksonException e) {
            throw damaged(folder, RECORD + " cannot be read", e);
        }
    }

    private static void requireUnchanged(Path file, Stamp stamp) {
        try {
            if (Files.size(file) != stamp.size
                    || Files.getLastModifiedTime(file).toMillis() != stamp.modified) {
                throw damaged(file.getParent(), file.getFileName() + " has been written to", null);
            }
        } catch (IOException e) {
            throw damaged(file.getParent(), file.getFileName() + " is not there", e);
        }
    }

    private static CoveException damaged(
            @org.jspecify.annotations.Nullable Path folder,
            String why,
            @org.jspecify.annotations.Nullable Exception cause) {
        var name = folder == null ? "?" : String.valueOf(folder.getFileName());
        return new CoveException(
                CoveException.Kind.INTERNAL,
                "the image in "
                        + folder
                        + " is damaged: "
                        + why
                        + "; make it anew: cove image rm "
                        + name.replaceFirst("@.*", "")
                        + ", then cove image build or import",
                cause);
    }
}

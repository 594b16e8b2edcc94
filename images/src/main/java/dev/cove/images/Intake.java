package dev.cove.images;

import dev.cove.core.Bytes;
import dev.cove.core.CoveException;
import dev.cove.core.Digest;
import dev.cove.core.Image;
import dev.cove.core.Name;
import dev.cove.platform.Command;
import dev.cove.platform.CommandException;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/// Takes in what others made: a raw disk, a qcow2 disk, or a tarball of a root file system (plain,
/// gzip, xz or zstd), whichever the content is. A disk has to have its ext4 root as a whole or in
/// its first partition; its own kernel and boot loader are left alone, since Cove brings a kernel.
final class Intake {
    static final String INIT = "/sbin/init";

    /// How much an import, and everything that it is turned into, may take at once.
    static final String SHARE = "a third of the pool's free space";

    // Of what is turned into something else both are there for a while, and a disk is a quarter
    // larger than its files: what is left is for the VMs that write meanwhile.
    private static final int SHARES = 3;

    private static final String SUITE = "trixie";
    private static final String ARGUMENTS = "quiet net.ifnames=0";
    private static final Duration LIMIT = Duration.ofMinutes(20);
    private static final Bytes LEAST_DISK = Bytes.gibibytes(4);

    private final Mmdebstrap mmdebstrap;
    private final BootParts parts;
    private final InstantSource clock;
    private final Function<String, Optional<Image>> kernels;

    /// @param kernels finds an image whose kernel boots guests with that init
    Intake(
            Mmdebstrap mmdebstrap,
            BootParts parts,
            InstantSource clock,
            Function<String, Optional<Image>> kernels) {
        this.mmdebstrap = mmdebstrap;
        this.parts = parts;
        this.clock = clock;
        this.kernels = kernels;
    }

    /// @param work an empty folder on the pool
    /// @return the folder of the sealed image inside it
    Path take(
            Name name,
            InputStream content,
            Optional<Digest> sha256,
            Path work,
            Consumer<String> progress)
            throws IOException, InterruptedException {
        var input = work.resolve("input");
        progress.accept("reading the file");
        var room = new Bytes(Files.getFileStore(work).getUsableSpace() / SHARES);
        Upload.save(content, input, room, sha256);
        var format = Format.of(input);
        progress.accept("it is a " + format.title());
        var image = Files.createDirectory(work.resolve("image"));
        var disk = image.resolve(ImageFolder.DISK);
        switch (format) {
            case RAW -> Files.move(input, disk);
            case QCOW2 -> convert(input, disk, room);
            case TAR -> unpack(input, disk, room, progress);
            case GZIP, XZ, ZSTD -> unpack(decompress(input, format, room), disk, room, progress);
        }
        requireRoot(disk);
        bringKernel(image, work, progress);
        progress.accept("computing the digest");
        ImageFolder.seal(
                image,
                name,
                "import of a " + format.title(),
                "root",
                INIT,
                ARGUMENTS,
                clock.instant());
        return image;
    }

    /// By a program that owns nothing but these two files.
    private static void convert(Path input, Path disk, Bytes room)
            throws IOException, InterruptedException {
        var size = Qcow2.read(input).size();
        if (size.compareTo(room) > 0) {
            throw CoveException.invalid(
                    "this qcow2 file cannot be imported: its disk has "
                            + size
                            + ", and "
                            + SHARE
                            + " is "
                            + room.toMebibytes()
                            + "M; destroy VMs or remove images");
        }
        var output = Files.createFile(input.resolveSibling("output"));
        own(input);
        own(output);
        sandboxed(
                work(input),
                input,
                size,
                "qemu-utils",
                "qemu-img",
                "convert",
                "-f",
                "qcow2",
                "-O",
                "raw",
                "--",
                "input",
                "output");
        disown(output);
        Files.move(output, disk, StandardCopyOption.ATOMIC_MOVE);
    }

    private static Path decompress(Path input, Format format, Bytes room)
            throws IOException, InterruptedException {
        // Nobody's root packs better than this; a bomb does.
        var most = Math.min(room.count(), (64L << 20) + 100 * Files.size(input));
        own(input);
        var folder = Files.createDirectory(input.resolveSibling("unpacked"));
        own(folder);
        var packed = folder.resolve("input" + format.suffix());
        Files.move(input, packed);
        sandboxed(
                work(input),
                packed,
                new Bytes(most),
                format.program().equals("xz") ? "xz-utils" : format.program(),
                format.program(),
                "-d",
                "-q",
                "input" + format.suffix());
        var tar = input.resolveSibling("tar");
        Files.move(folder.resolve("input"), tar);
        if (!Files.isRegularFile(tar, LinkOption.NOFOLLOW_LINKS)) {
            throw CoveException.invalid(
                    "this file cannot be imported: "
                            + format.program()
                            + " has made something else than a file of it");
        }
        disown(tar);
        return tar;
    }

    private static void sandboxed(
            Path work, Path input, Bytes most, String debianPackage, String... line)
            throws InterruptedException {
        var folder = Objects.requireNonNull(input.getParent());
        Command.Result result;
        try {
            result = Sandbox.run(work, folder, most, LIMIT, line);
        } catch (CommandException e) {
            throw CoveException.unavailable(
                    "the file cannot be converted: " + e.getMessage() + "; see: cove doctor", e);
        }
        switch (result.exit()) {
            case 0 -> {}
            case 127 ->
                    throw CoveException.unavailable(
                            line[0] + " is missing; apt-get install " + debianPackage);
            case 128 + 25, 25 -> // SIGXFSZ
                    throw CoveException.invalid(
                            "this file cannot be imported: it unpacks to more than "
                                    + most.toMebibytes()
                                    + "M, which no root file system does that packs so small;"
                                    + " import it unpacked if it is right");
            default ->
                    throw CoveException.invalid(
                            "this file cannot be imported, "
                                    + line[0]
                                    + " says: "
                                    + dev.cove.core.Printable.of(result.err().strip(), 200)
                                    + "; fetch it once more, and give --sha256 to be sure of it");
        }
    }

    private static void unpack(Path tar, Path disk, Bytes room, Consumer<String> progress)
            throws IOException, InterruptedException {
        var clean = tar.resolveSibling("clean.tar");
        RootTar.Copied copied;
        try (var in = new BufferedInputStream(Files.newInputStream(tar), 1 << 16);
                var out = new BufferedOutputStream(Files.newOutputStream(clean), 1 << 16)) {
            copied = RootTar.copy(in, out, room);
        }
        if (copied.init().isEmpty()) {
            throw CoveException.invalid(
                    "this tarball cannot be imported: it has no /sbin/init, so nothing would run;"
                            + " install an init and an SSH server in it first");
        }
        Files.delete(tar);
        progress.accept("unpacking " + copied.entries() + " files");
        var root = Files.createDirectory(tar.resolveSibling("root"));
        Command.of(
                        "tar",
                        "--extract",
                        "--file=" + clean,
                        "--directory=" + root,
                        "--numeric-owner",
                        "--same-owner",
                        "--preserve-permissions",
                        "--delay-directory-restore")
                .with(Leftovers.VARIABLE, work(tar).toString())
                .within(LIMIT)
                .run()
                .orThrow();
        Files.delete(clean);
        for (var folder : new String[] {"proc", "sys", "dev", "run", "tmp"}) {
            if (!Files.exists(root.resolve(folder), LinkOption.NOFOLLOW_LINKS)) {
                Files.createDirectory(root.resolve(folder));
            }
        }
        progress.accept("writing the disk");
        // A quarter more for the file system itself, and one file is at least one block.
        var needed = copied.content().count() / 4 * 5 + copied.entries() * 8192L;
        var size = Bytes.mebibytes((needed >> 20) + 64);
        Ext4.make(work(tar), root, disk, size.compareTo(LEAST_DISK) < 0 ? LEAST_DISK : size);
    }

    /// Every file of an import lies in its work folder.
    private static Path work(Path file) {
        return Objects.requireNonNull(file.getParent());
    }

    private static void requireRoot(Path disk) throws IOException {
        switch (RootDisk.look(disk)) {
            case WHOLE -> {}
            case CUT ->
                    throw CoveException.invalid(
                            "this disk cannot be imported: it ends before its ext4 file system does;"
                                    + " fetch it once more, and give --sha256 to be sure of it");
            case NONE ->
                    throw CoveException.invalid(
                            "this disk cannot be imported: neither the whole of it nor its first"
                                    + " partition is an ext4 file system; make a tarball of its root"
                                    + " and import that");
        }
    }

    private void bringKernel(Path image, Path work, Consumer<String> progress)
            throws IOException, InterruptedException {
        var here = kernels.apply(INIT);
        if (here.isPresent()) {
            Files.copy(here.get().kernel(), image.resolve(ImageFolder.KERNEL));
            Files.copy(here.get().initramfs(), image.resolve(ImageFolder.INITRAMFS));
            return;
        }
        progress.accept("fetching the kernel of Debian " + SUITE);
        mmdebstrap.fetchKernel(SUITE, work, progress);
        parts.assemble(work.resolve("kernel"), INIT, image);
    }

    private static void own(Path file) throws IOException {
        Files.setAttribute(file, "unix:uid", Sandbox.USER);
        // xz fails when what it writes cannot have the group of what it reads.
        Files.setAttribute(file, "unix:gid", Sandbox.USER);
    }

    private static void disown(Path file) throws IOException {
        Files.setAttribute(file, "unix:uid", 0);
        Files.setAttribute(file, "unix:gid", 0);
    }

    /// What a file's first bytes say that it is.
    enum Format {
        RAW("raw disk", "", ""),
        QCOW2("qcow2 disk", "", ""),
        TAR("tarball", "", ""),
        GZIP("tarball (gzip)", "gzip", ".gz"),
        XZ("tarball (xz)", "xz", ".xz"),
        ZSTD("tarball (zstd)", "zstd", ".zst");

        private final String title;
        private final String program;
        private final String suffix;

        Format(String title, String program, String suffix) {
            this.title = title;
            this.program = program;
            this.suffix = suffix;
        }

        String title() {
            return title;
        }

        String program() {
            return program;
        }

        String suffix() {
            return suffix;
        }

        static Format of(Path file) throws IOException {
            var head = new byte[512];
            int length;
            try (var in = Files.newInputStream(file)) {
                length = in.readNBytes(head, 0, head.length);
            }
            if (length < 8) {
                throw CoveException.invalid(
                        "this file cannot be imported: it has "
                                + length
                                + " bytes; was it fetched whole?");
            }
            var first = java.nio.ByteBuffer.wrap(head).getInt();
            if (first == Qcow2.MAGIC) {
                return QCOW2;
            }
            if (first == 0x28b52ffd) {
                return ZSTD;
            }
            if (first >>> 16 == 0x1f8b) {
                return GZIP;
            }
            if (first == 0xfd377a58) {
                return XZ;
            }
            var magic = new String(head, 257, 5, java.nio.charset.StandardCharsets.US_ASCII);
            return magic.equals("ustar") ? TAR : RAW;
        }
    }
}

package dev.cove.guest;

import dev.cove.core.CoveException;
import dev.cove.platform.Command;
import dev.cove.platform.CommandException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;

/// Takes the uncompressed `vmlinux` out of an x86 `bzImage` (kernel, `arch/x86/boot`: setup
/// sectors, `payload_offset`, `payload_length`), since PVH starts the former only.
final class KernelImage {
    private static final int SETUP_SECTORS = 0x1f1;
    private static final int MAGIC = 0x202;
    private static final int PAYLOAD_OFFSET = 0x248;
    private static final int PAYLOAD_LENGTH = 0x24c;
    private static final int LEAST_HEADER = 0x250;
    private static final Duration LIMIT = Duration.ofMinutes(2);

    private KernelImage() {}

    /// @param vmlinux where to write it
    /// @throws CoveException UNAVAILABLE when the file is no kernel, or the program that unpacks it
    ///   is missing
    static void unpack(Path bzImage, Path vmlinux) throws IOException, InterruptedException {
        var packed = Files.createTempFile(vmlinux.getParent(), "payload", "");
        try {
            var payload = payload(Files.readAllBytes(bzImage), bzImage);
            // The build appends the unpacked size, which the programs would take for rubbish.
            Files.write(packed, Arrays.copyOf(payload, payload.length - 4));
            run(unpacker(payload, bzImage), packed, vmlinux);
        } finally {
            Files.deleteIfExists(packed);
        }
        if (!isElf(vmlinux)) {
            throw notAKernel(bzImage, "what it holds is no ELF file");
        }
    }

    private static byte[] payload(byte[] image, Path file) {
        var header = ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN);
        if (image.length < LEAST_HEADER || header.getInt(MAGIC) != 0x53726448) {
            throw notAKernel(file, "it has no boot header");
        }
        var sectors = image[SETUP_SECTORS] == 0 ? 4 : Byte.toUnsignedInt(image[SETUP_SECTORS]);
        var from = (sectors + 1) * 512L + Integer.toUnsignedLong(header.getInt(PAYLOAD_OFFSET));
        var length = Integer.toUnsignedLong(header.getInt(PAYLOAD_LENGTH));
        if (length < 8 || from + length > image.length) {
            throw notAKernel(file, "it is cut short");
        }
        return Arrays.copyOfRange(image, (int) from, (int) (from + length));
    }

    private static List<String> unpacker(byte[] payload, Path file) {
        return switch (ByteBuffer.wrap(payload).getInt()) {
            case 0x28b52ffd -> List.of("zstd", "-q", "-d", "-f");
            case 0x02214c18 -> List.of("lz4", "-q", "-d", "-f");
            default -> throw notAKernel(file, "it is packed neither with LZ4 nor with ZSTD");
        };
    }

    private static void run(List<String> unpacker, Path packed, Path vmlinux)
            throws InterruptedException {
        var line = new java.util.ArrayList<>(unpacker);
        var program = line.getFirst();
        if (program.equals("zstd")) {
            line.addAll(List.of(packed.toString(), "-o", vmlinux.toString()));
        } else {
            line.addAll(List.of(packed.toString(), vmlinux.toString()));
        }
        try {
            Command.of(line).within(LIMIT).run().orThrow();
        } catch (CommandException e) {
            throw CoveException.unavailable(
                    "the kernel cannot be unpacked: "
                            + e.getMessage()
                            + "; if the program is missing: apt-get install "
                            + program,
                    e);
        }
    }

    private static boolean isElf(Path file) throws IOException {
        try (var in = Files.newInputStream(file)) {
            return Arrays.equals(in.readNBytes(4), new byte[] {0x7f, 'E', 'L', 'F'});
        }
    }

    private static CoveException notAKernel(Path file, String why) {
        return CoveException.unavailable(
                file.getFileName()
                        + " is not a kernel that Cove can start: "
                        + why
                        + "; use Debian's linux-image-cloud-amd64");
    }
}

package dev.cove.guest;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/// Writes a cpio archive of the "newc" form, as the kernel reads an initramfs (kernel,
/// `driver-api/early-userspace/buffer-format`). Several of them one after the other are one
/// initramfs. Everything in it belongs to root.
final class Cpio {
    private static final int FOLDER = 0040000;
    private static final int FILE = 0100000;
    private static final int LINK = 0120000;
    private static final int CHARACTER_DEVICE = 0020000;
    private static final int ALIGNMENT = 512;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private int inode;

    Cpio folder(String path, int mode) {
        return entry(path, FOLDER | mode, new byte[0], 0, 0);
    }

    Cpio file(String path, int mode, byte[] content) {
        return entry(path, FILE | mode, content, 0, 0);
    }

    Cpio file(String path, int mode, String content) {
        return file(path, mode, content.getBytes(StandardCharsets.UTF_8));
    }

    Cpio link(String path, String target) {
        return entry(path, LINK | 0777, target.getBytes(StandardCharsets.UTF_8), 0, 0);
    }

    Cpio characterDevice(String path, int mode, int major, int minor) {
        return entry(path, CHARACTER_DEVICE | mode, new byte[0], major, minor);
    }

    /// The whole archive; nothing can be added after it.
    byte[] end() {
        header("TRAILER!!!", 0, 0, 0, 0, 0);
        pad(ALIGNMENT);
        return out.toByteArray();
    }

    private Cpio entry(String path, int mode, byte[] content, int major, int minor) {
        header(path, ++inode, mode, content.length, major, minor);
        out.writeBytes(content);
        pad(4);
        return this;
    }

    private void header(String path, int number, int mode, int length, int major, int minor) {
        var name = path.getBytes(StandardCharsets.UTF_8);
        out.writeBytes("070701".getBytes(StandardCharsets.US_ASCII));
        int[] fields = {
            number, mode, 0, 0, 1, 0, length, 0, 0, major, minor, name.length + 1, 0,
        };
        for (var field : fields) {
            out.writeBytes(HexFormat.of().toHexDigits(field).getBytes(StandardCharsets.US_ASCII));
        }
        out.writeBytes(name);
        out.write(0);
        pad(4);
    }

    private void pad(int alignment) {
        while (out.size() % alignment != 0) {
            out.write(0);
        }
    }
}

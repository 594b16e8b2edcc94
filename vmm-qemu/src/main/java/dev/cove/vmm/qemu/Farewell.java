package dev.cove.vmm.qemu;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/// How a guest has ended that ended while nobody listened, by its kernel's last words on the
/// console (`kernel/reboot.c`, `kernel/panic.c`). It may say what it likes; both ways are its own
/// choice.
final class Farewell {
    private static final List<String> AGAIN = List.of("reboot: Restarting system", "Rebooting in ");
    private static final List<String> FOR_GOOD =
            List.of("reboot: Power down", "reboot: System halted");
    private static final int TAIL = 16 << 10;

    private Farewell() {}

    /// Whether it wants to boot again.
    static boolean isReboot(Path console) {
        try (var file = new RandomAccessFile(console.toFile(), "r")) {
            var length = file.length();
            var tail = new byte[(int) Math.min(length, TAIL)];
            file.seek(length - tail.length);
            file.readFully(tail);
            var said = new String(tail, StandardCharsets.ISO_8859_1);
            return last(said, AGAIN) > last(said, FOR_GOOD);
        } catch (IOException e) {
            return false;
        }
    }

    private static int last(String said, List<String> words) {
        return words.stream().mapToInt(said::lastIndexOf).max().orElse(-1);
    }
}

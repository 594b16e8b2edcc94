package dev.cove.vmm.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WireTest {
    @TempDir Path folder;

    @Test
    void tellsWhetherSharedMemoryIsLeftOut() throws Exception {
        var blocks = Map.of("ram", 4096);
        var left = new FakeStream().head().capabilities("mapped-ram", "x-ignore-shared");

        assertThat(says(left.start(blocks).bytes())).isTrue();
        assertThat(says(new FakeStream().head().capabilities("mapped-ram").bytes())).isFalse();
        assertThat(says(new FakeStream().head().start(blocks).bytes())).isFalse();
    }

    @Test
    void isNotConfusedByWhatIsDamaged() throws Exception {
        var whole = new FakeStream().head().capabilities("x-ignore-shared").bytes();
        for (var length = 0; length < whole.length; length++) {
            assertThat(says(Arrays.copyOf(whole, length))).isFalse();
        }
        for (var at = 0; at < whole.length; at++) {
            var changed = whole.clone();
            changed[at] ^= (byte) 0x80;
            assertThat(says(changed)).isIn(true, false);
        }
    }

    private boolean says(byte[] head) throws Exception {
        return Wire.leavesSharedMemoryOut(Files.write(folder.resolve("state"), head));
    }
}

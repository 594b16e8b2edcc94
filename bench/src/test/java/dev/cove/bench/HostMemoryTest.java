package dev.cove.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class HostMemoryTest {
    private static final int MEBIBYTES = 256;

    /// As in proc(5), without the fields that nobody reads here.
    private static String mapping(String words, int pss, int anonymous) {
        return """
        %s
        Size:             262144 kB
        Rss:              100000 kB
        Pss:               %d kB
        Pss_Dirty:             7 kB
        Anonymous:         %d kB
        VmFlags: rd wr mr mw me ac sd
        """
                .formatted(words, pss, anonymous);
    }

    private static HostMemory of(String... mappings) {
        return HostMemory.of(String.join("", mappings).lines().toList(), MEBIBYTES);
    }

    @Test
    void tellsWhatAForkHasOfItsOwnFromWhatItSharesWithOthers() {
        var memory =
                of(
                        mapping(
                                "7f0000000000-7f0010000000 rw-p 00000000 00:01 2049 /memfd:cove"
                                        + " snapshot (deleted)",
                                21_000,
                                20_000));

        assertThat(memory).isEqualTo(new HostMemory(20_000, 1_000, 0, 0, 0));
    }

    @Test
    void takesLargeMemoryWithoutAFileForTheGuests() {
        var memory =
                of(mapping("7f0000000000-7f0010000000 rw-p 00000000 00:00 0 ", 90_000, 90_000));

        assertThat(memory).isEqualTo(new HostMemory(90_000, 0, 0, 0, 0));
    }

    @Test
    void knowsTheTranslatorsBufferTheProgramAndTheRest() {
        var memory =
                of(
                        mapping("7f0000000000-7f0010000000 rwxp 00000000 00:00 0 ", 18_000, 18_000),
                        mapping(
                                "55aa00000000-55aa01000000 r-xp 0000 fe:00 7 /usr/bin/qemu",
                                300,
                                0),
                        mapping("55aa02000000-55aa03000000 rw-p 0000 00:00 0 [heap]", 4_000, 4_000),
                        mapping("7f1000000000-7f1000800000 rw-p 0000 00:00 0", 50, 50),
                        mapping(
                                "ffffffffff600000-ffffffffff601000 --xp 0 00:00 0 [vsyscall]",
                                0,
                                0));

        assertThat(memory).isEqualTo(new HostMemory(0, 0, 18_000, 300, 4_050));
        assertThat(memory.toString()).startsWith("22.9 MB: ").contains("translated code 18.4");
    }

    @Test
    void isTheMeanOfMany() {
        var all = List.of(new HostMemory(1, 2, 3, 4, 5), new HostMemory(3, 4, 5, 6, 8));

        assertThat(HostMemory.mean(all)).isEqualTo(new HostMemory(2, 3, 4, 5, 7));
    }
}

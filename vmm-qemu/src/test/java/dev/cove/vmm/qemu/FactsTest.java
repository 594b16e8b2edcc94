package dev.cove.vmm.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cove.core.Accelerator;
import dev.cove.core.Bytes;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FactsTest {
    private static final Bytes ROOM = Bytes.mebibytes(256);
    private static final String CPUINFO =
            """
            processor\t: 0
            vendor_id\t: GenuineIntel
            model name\t: Intel(R) Xeon(R)
            cpu MHz\t\t: 2596.130
            flags\t\t: fpu vme
            bogomips\t: 5192.26

            processor\t: 1
            """;

    @TempDir Path folder;

    @Test
    void fitsATranslatedGuestByTheRateThatItWasTold() {
        var facts =
                new Facts(
                        Board.MICROVM,
                        Accelerator.TCG,
                        OptionalLong.of(2_596_130),
                        Translator.OF_QEMU_7,
                        ROOM);

        assertThat(facts.fit("7.2.22", HostProcessor.of(CPUINFO)))
                .isEqualTo("qemu 7.2.22 microvm-3 tcg max,la57=off,erms=off,fsrm=off tsc 2596130");
    }

    @Test
    void fitsAnAcceleratedGuestByTheProcessorThatItSees() {
        var facts =
                new Facts(
                        Board.Q35,
                        Accelerator.KVM,
                        OptionalLong.of(2_596_130),
                        Translator.OF_QEMU_10,
                        ROOM);
        var faster = CPUINFO.replace("2596.130", "3100.000");
        var other = CPUINFO.replace("fpu vme", "fpu vme avx");

        var fit = facts.fit("10.0.8", HostProcessor.of(CPUINFO));

        assertThat(fit).startsWith("qemu 10.0.8 q35-3 kvm host ").doesNotContain("tsc");
        assertThat(facts.fit("10.0.8", HostProcessor.of(faster))).isEqualTo(fit);
        assertThat(facts.fit("10.0.8", HostProcessor.of(other))).isNotEqualTo(fit);
    }

    @Test
    void tellsGuestsTheSameRateForAsLongAsMeasurementsAgreeWithIt() throws Exception {
        var told = new ToldRate(folder.resolve("tsc-kilohertz"));

        assertThat(told.agree(2_596_130)).isEqualTo(2_596_130);
        assertThat(told.agree(2_596_500)).isEqualTo(2_596_130);
        assertThat(told.agree(2_595_800)).isEqualTo(2_596_130);
        assertThat(told.agree(2_100_000)).isEqualTo(2_100_000);
        assertThat(told.agree(2_100_001)).isEqualTo(2_100_000);

        Files.writeString(told.file(), "gibberish");
        assertThat(told.agree(2_100_001)).isEqualTo(2_100_001);
    }
}

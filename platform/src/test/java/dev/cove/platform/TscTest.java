package dev.cove.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

class TscTest {
    @Test
    void measuresTheSameRateTwice() throws InterruptedException {
        assumeTrue(System.getProperty("os.arch").equals("amd64"), "only x86 has the counter");

        var first = Tsc.measure().orElseThrow();
        var second = Tsc.measure().orElseThrow();

        assertThat(first.hertz()).isCloseTo(second.hertz(), Percentage.withPercentage(0.1));
        assertThat(first.hertz()).isGreaterThan(100_000_000);
    }

    @Test
    void roundsToKilohertz() {
        assertThat(new Tsc(2_596_130_499L).kilohertz()).isEqualTo(2_596_130);
        assertThat(new Tsc(2_596_130_500L).kilohertz()).isCloseTo(2_596_131, within(0L));
    }
}

package dev.cove.platform;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class ChecksumTest {
    @Test
    void isThatOfTheLiterature() {
        var checksum = new Checksum();
        checksum.update(
                ByteBuffer.wrap("123456789".getBytes(java.nio.charset.StandardCharsets.US_ASCII)));

        assertThat(checksum.value()).isEqualTo(0xE3069283L); // RFC 3720, as in every catalogue
    }

    @RepeatedTest(50)
    void isTheSameWhetherZerosAreReadOrCounted(RepetitionInfo info) {
        var random = new Random(info.getCurrentRepetition());
        var plain = new CRC32C();
        var counted = new Checksum();
        for (var part = 0; part < 12; part++) {
            var bytes = new byte[random.nextInt(100_000)];
            if (random.nextBoolean()) {
                counted.zeros(bytes.length);
            } else {
                random.nextBytes(bytes);
                counted.update(ByteBuffer.wrap(bytes));
            }
            plain.update(bytes);
        }

        assertThat(counted.value()).isEqualTo(plain.getValue());
    }

    @Test
    void countsZerosByTheTerabyte() {
        var once = new Checksum();
        var twice = new Checksum();
        once.zeros(1L << 41);
        twice.zeros(1L << 40);
        twice.zeros(1L << 40);

        assertThat(once.value()).isEqualTo(twice.value());
    }
}

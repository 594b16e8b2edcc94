package dev.cove.vmm.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class ReserveTest {
    private static final Duration LONG = Duration.ofMinutes(1);

    @Test
    void hasNoMoreThanItMay() {
        var reserve = new Reserve(2, LONG);

        var first = reserve.take().orElseThrow();
        var second = reserve.take().orElseThrow();

        assertThat(reserve.take()).isEmpty();
        reserve.giveBack(first);
        assertThat(reserve.take()).contains(first);
        reserve.giveBack(second);
        assertThat(reserve.size()).isEqualTo(2);
    }

    @Test
    void givesOutWhatItHasGotReady() {
        var reserve = new Reserve(8, LONG);

        reserve.warm(3);
        assertThat(reserve.size()).isEqualTo(3);
        reserve.warm(3);
        reserve.take();
        assertThat(reserve.size()).isEqualTo(3);

        reserve.warm(20);
        assertThat(reserve.size()).isEqualTo(8);
    }

    @Test
    void givesOutEmptyOnes() {
        var reserve = new Reserve(1, LONG);
        var chunk = reserve.take().orElseThrow();
        chunk.bytes().position(10).limit(20);

        reserve.giveBack(chunk);

        assertThat(reserve.take().orElseThrow().bytes().remaining()).isEqualTo(Reserve.CHUNK);
    }

    @Test
    void givesMemoryBackThatNobodyUses() {
        var reserve = new Reserve(4, Duration.ofMillis(20));
        reserve.warm(2);
        var lent = reserve.take().orElseThrow();

        await().atMost(Duration.ofSeconds(20)).until(() -> reserve.size() == 1);
        lent.bytes().put(0, (byte) 7);
        reserve.giveBack(lent);

        await().atMost(Duration.ofSeconds(20)).until(() -> reserve.size() == 0);
        assertThat(reserve.take()).isPresent();
    }
}

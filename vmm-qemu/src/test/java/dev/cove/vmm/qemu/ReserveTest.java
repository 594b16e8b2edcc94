package dev.cove.vmm.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class ReserveTest {
    private static final Duration LONG = Duration.ofMinutes(1);
    private static final Duration SHORT = Duration.ofMillis(20);
    private static final Duration LIMIT = Duration.ofSeconds(20);

    @Test
    void hasNoMoreThanItMay() {
        var claim = new Reserve(2, 1, LONG).claim();

        var first = claim.take().orElseThrow();
        assertThat(claim.take()).isPresent();

        assertThat(claim.take()).isEmpty();
        claim.giveBack(first);
        assertThat(claim.take()).contains(first);
    }

    @Test
    void getsEnoughReadyForAllWhoClaimSome() {
        var reserve = new Reserve(5, 2, LONG);
        var one = reserve.claim();

        one.warm();
        assertThat(reserve.size()).isEqualTo(2);
        one.take();
        one.warm();
        assertThat(reserve.size()).as("what it has taken is ready, too").isEqualTo(2);

        reserve.claim().warm();
        assertThat(reserve.size()).isEqualTo(4);
        reserve.claim().warm();
        assertThat(reserve.size()).as("as many as there may be").isEqualTo(5);
    }

    @Test
    void givesOutEmptyOnes() {
        var claim = new Reserve(1, 1, LONG).claim();
        var chunk = claim.take().orElseThrow();
        chunk.bytes().position(10).limit(20);

        claim.giveBack(chunk);

        assertThat(claim.take().orElseThrow().bytes().remaining()).isEqualTo(Reserve.CHUNK);
    }

    @Test
    void givesMemoryBackWhenNobodyHasAUseForIt() {
        var reserve = new Reserve(4, 3, SHORT);
        var claim = reserve.claim();
        claim.warm();
        var lent = claim.take().orElseThrow();
        claim.close();

        await().atMost(LIMIT).until(() -> reserve.size() == 1);
        lent.bytes().put(0, (byte) 7);
        claim.giveBack(lent);

        await().atMost(LIMIT).until(() -> reserve.size() == 0);
        await().atMost(LIMIT).until(() -> !lent.arena().scope().isAlive());
        assertThat(reserve.claim().take()).isPresent();
    }

    @Test
    void keepsMemoryForWhoeverClaimsItHoweverLong() {
        var reserve = new Reserve(4, 3, SHORT);
        try (var claim = reserve.claim()) {
            claim.warm();

            await().during(SHORT.multipliedBy(5)).atMost(LIMIT).until(() -> reserve.size() == 3);
        }
        await().atMost(LIMIT).until(() -> reserve.size() == 0);
    }
}

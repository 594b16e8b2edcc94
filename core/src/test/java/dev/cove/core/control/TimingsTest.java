package dev.cove.core.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class TimingsTest {
    private final AtomicLong ticks = new AtomicLong(Duration.ofHours(12).toNanos());
    private final Timings timings = new Timings(new Time(() -> Instant.EPOCH, ticks::get));

    @Test
    void addsUpWhatALaunchTook() {
        timings.begin(1);
        timings.take("ssh", () -> ticks.addAndGet(Duration.ofSeconds(2).toNanos()));
        timings.total();

        assertThat(timings.all())
                .containsEntry("ssh", Duration.ofSeconds(2))
                .containsEntry("total", Duration.ofSeconds(2));
    }

    @Test
    void doesNotSayWhatALaunchTookThatAnEarlierDaemonBegan() {
        timings.remember(Map.of("ssh", Duration.ofSeconds(1), "total", Duration.ofSeconds(4)));
        timings.take("ssh", () -> ticks.addAndGet(Duration.ofSeconds(2).toNanos()));
        timings.total();

        assertThat(timings.all()).containsOnly(Map.entry("ssh", Duration.ofSeconds(2)));
    }
}

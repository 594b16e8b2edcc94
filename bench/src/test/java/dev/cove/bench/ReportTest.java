package dev.cove.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReportTest {
    private static Samples samples(String side, long... millis) {
        return new Samples(side, Arrays.stream(millis).mapToObj(Duration::ofMillis).toList());
    }

    @Test
    void takesTheMiddleForTheMedianAndTheNearestRankForAPercentile() {
        assertThat(samples("a", 30, 10, 20).median()).isEqualTo(Duration.ofMillis(20));
        assertThat(samples("a", 10, 40, 20, 30).median()).isEqualTo(Duration.ofMillis(25));
        var ten = samples("a", 1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
        assertThat(ten.percentile(0.95)).isEqualTo(Duration.ofMillis(10));
        assertThat(ten.percentile(0.9)).isEqualTo(Duration.ofMillis(9));
        assertThatThrownBy(() -> samples("a")).hasMessageContaining("no runs");
    }

    @Test
    void lettingSidesTakeTurnsDropsTheWarmUpAndAlternatesTheOrder() throws Exception {
        var order = new ArrayList<String>();
        var sides =
                List.of(
                        Side.of("a", () -> noted(order, "a")),
                        Side.of("b", () -> noted(order, "b")));

        var taken = new Turns(2, 1).of(sides, told -> {});

        assertThat(order).containsExactly("b", "a", "a", "b", "b", "a");
        assertThat(taken).extracting(Samples::side).containsExactly("a", "b");
        assertThat(taken.getFirst().runs()).hasSize(2);
    }

    private static Duration noted(List<String> order, String side) {
        order.add(side);
        return Duration.ofMillis(order.size());
    }

    @Test
    void saysWhichFiguresWereReached() {
        var cove = samples("cove", 120, 130, 110);
        var plain = samples("plain QEMU", 100, 100, 100);
        var report =
                new Report(
                        Instant.EPOCH,
                        "a test",
                        List.of(
                                new Figure.Ratio("cold start", cove, plain, 1.25),
                                new Figure.Ratio("faster", cove, plain, 1.0),
                                new Figure.Limit("list", cove, 0.5, Duration.ofMillis(100)),
                                new Figure.Ratio("last", cove, plain, 0.95, 1.2),
                                new Figure.Told("asleep in", "70.1 MB"),
                                new Figure.Count("hangs", 0, 0)));

        assertThat(report.table())
                .contains("| cold start | 1.20 (at most 1.25) | reached | cove: 120.0 / 130.0 (3);")
                .contains("| faster | 1.20 (at most 1.00) | **missed** |")
                .contains("| list | p50 120.0 ms (at most 100) | **missed** |")
                .contains("| last | p95 1.30 (at most 1.20) | **missed** |")
                .contains("| asleep in | 70.1 MB |  |  |")
                .contains("| hangs | 0 (at most 0) | reached |");
        assertThat(report.json())
                .contains("\"reached\" : true")
                .contains("\"plain QEMU\" : [ 100.0, 100.0, 100.0 ]");
    }
}

package dev.cove.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.function.Consumer;

/// Runs sides in turn, so that a host that is slow for a minute is slow for all of them.
///
/// @param rounds how often each side runs, at least ten for a figure
/// @param warmUp how many rounds go before those and are thrown away
record Turns(int rounds, int warmUp) {
    Turns {
        if (rounds < 1 || warmUp < 0) {
            throw new IllegalArgumentException("at least one round, and no negative warm-up");
        }
    }

    /// Every second round goes backwards, so that no side always follows the same other one.
    ///
    /// @param told hears of each run as it ends
    List<Samples> of(List<Side> sides, Consumer<String> told) throws Exception {
        var taken = new LinkedHashMap<String, List<Duration>>();
        sides.forEach(side -> taken.put(side.name(), new ArrayList<>())); // in the order given
        for (var round = -warmUp; round < rounds; round++) {
            for (var side : round % 2 == 0 ? sides : sides.reversed()) {
                var took = side.once();
                told.accept(
                        (round < 0 ? "warm-up" : (round + 1) + "/" + rounds)
                                + " "
                                + side.name()
                                + " "
                                + took.toMillis()
                                + " ms");
                if (round >= 0) {
                    taken.computeIfAbsent(side.name(), name -> new ArrayList<>()).add(took);
                }
            }
        }
        return taken.entrySet().stream().map(e -> new Samples(e.getKey(), e.getValue())).toList();
    }
}

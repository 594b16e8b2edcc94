package dev.cove.core.control;

import org.junit.jupiter.api.Test;

class SimulationTest {
    /// Set `cove.simulation.seed` to run one seed again.
    private static final long ONE = Long.getLong("cove.simulation.seed", -1);

    private static final int RUNS = Integer.getInteger("cove.simulation.runs", 10_000);

    @Test
    void keepsWhatItAcknowledgedAndLeavesNothingBehindWhateverDiesWhen() {
        if (ONE >= 0) {
            run(ONE);
            return;
        }
        for (long seed = 0; seed < RUNS; seed++) {
            run(seed);
        }
    }

    private static void run(long seed) {
        try {
            new Simulation(seed).run();
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError(
                    "seed " + seed + "; again with -Dcove.simulation.seed=" + seed, e);
        }
    }
}

package dev.cove.bench;

import java.time.Duration;

/// One of the two things that are compared.
interface Side {
    /// What it is called in the table: `cove create`, `plain QEMU`.
    String name();

    /// Does it once and says how long that took, without what has to be tidied up afterwards.
    Duration once() throws Exception;

    static Side of(String name, Run run) {
        return new Side() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public Duration once() throws Exception {
                return run.once();
            }
        };
    }

    /// What a side does.
    interface Run {
        Duration once() throws Exception;
    }
}

package dev.cove.vmm.qemu;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;

/// Tests with real machines of one QEMU, which end with each test.
@Tag("vm")
@TestInstance(Lifecycle.PER_CLASS)
abstract class RealMachines {
    protected Bench bench;

    /// A place for machines of the QEMU that is tried.
    abstract Bench make() throws Exception;

    @BeforeAll
    void open() throws Exception {
        bench = make();
    }

    @AfterAll
    void close() throws Exception {
        if (bench != null) {
            bench.clear();
        }
    }

    @AfterEach
    void calm() {
        bench.calm();
    }
}

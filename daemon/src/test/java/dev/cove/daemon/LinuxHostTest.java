package dev.cove.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LinuxHostTest {
    @Test
    void countsWhomTheKernelEndedForWantOfMemory() {
        assertThat(LinuxHost.ended("pgfault 12\noom_kill 7\noom_kill_other 9\n")).hasValue(7);
    }

    @Test
    void knowsNothingOfThemWhereTheKernelDoesNotCount() {
        assertThat(LinuxHost.ended("nr_free_pages 1\n")).isEmpty();
        assertThat(LinuxHost.ended("")).isEmpty();
    }
}

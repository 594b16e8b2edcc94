package dev.cove.platform;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;

/// How fast this processor's time stamp counter runs, measured: neither sysfs nor CPUID has it
/// everywhere, and `/proc/cpuinfo` shows a frequency that is only sometimes the counter's.
///
/// @param hertz ticks in a second
public record Tsc(long hertz) {
    private static final int PROT_READ = 1;
    private static final int PROT_WRITE = 2;
    private static final int PROT_EXEC = 4;
    private static final int MAP_PRIVATE_ANONYMOUS = 0x22;
    private static final int PAGE = 4096;
    // rdtsc; shl rdx, 32; or rax, rdx; ret (Intel SDM 2B)
    private static final byte[] READ_COUNTER = {
        0x0F, 0x31, 0x48, (byte) 0xC1, (byte) 0xE2, 0x20, 0x48, 0x09, (byte) 0xD0, (byte) 0xC3
    };
    private static final int ROUNDS = 5;
    private static final int TRIES = 200;

    public long kilohertz() {
        return (hertz + 500) / 1000;
    }

    /// Measures for a fifth of a second: the median of five rounds.
    ///
    /// @return empty where there is no such counter (only x86 has it)
    /// @throws SystemCallException where a page may not be made executable
    public static Optional<Tsc> measure() throws InterruptedException {
        return measure(Duration.ofMillis(200));
    }

    static Optional<Tsc> measure(Duration span) throws InterruptedException {
        if (!System.getProperty("os.arch").equals("amd64")) {
            return Optional.empty();
        }
        var page = Native.mmap(PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE_ANONYMOUS);
        try {
            MemorySegment.copy(
                    READ_COUNTER, 0, page, ValueLayout.JAVA_BYTE, 0, READ_COUNTER.length);
            Native.mprotect(page, PROT_READ | PROT_EXEC);
            return Optional.of(median(Native.code(page), span.dividedBy(ROUNDS)));
        } finally {
            Native.munmap(page);
        }
    }

    private static Tsc median(MethodHandle counter, Duration round) throws InterruptedException {
        var rates = new long[ROUNDS];
        sample(counter); // the first calls are interpreted and slow
        for (var i = 0; i < ROUNDS; i++) {
            var start = sample(counter);
            Thread.sleep(round);
            var end = sample(counter);
            rates[i] =
                    Math.round(
                            (end.ticks - start.ticks) * 1e9 / (double) (end.nanos - start.nanos));
        }
        Arrays.sort(rates);
        return new Tsc(rates[ROUNDS / 2]);
    }

    /// Reads the counter between two looks at the clock, and keeps the tightest of many tries: the
    /// others were interrupted.
    private static Sample sample(MethodHandle counter) {
        var tightest = Long.MAX_VALUE;
        var best = new Sample(0, 0);
        for (var i = 0; i < TRIES; i++) {
            var before = System.nanoTime();
            var ticks = read(counter);
            var after = System.nanoTime();
            if (after - before < tightest) {
                tightest = after - before;
                best = new Sample(before + tightest / 2, ticks);
            }
        }
        return best;
    }

    private static long read(MethodHandle counter) {
        try {
            return (long) counter.invokeExact();
        } catch (Throwable e) {
            throw new IllegalStateException("reading the time stamp counter", e);
        }
    }

    private record Sample(long nanos, long ticks) {}
}

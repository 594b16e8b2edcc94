package dev.cove.vmm.qemu;

import dev.cove.core.CoveException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/// The probe of one QEMU, in the background: it takes seconds where `/dev/kvm` never answers. It is
/// kept once something can be run; until then each who asks has it tried again, for somebody may
/// have installed QEMU meanwhile. Another QEMU in the place of the one that was tried is tried,
/// too.
final class Probing {
    private static final Duration ANSWER_WITHIN = Duration.ofMinutes(2);

    private final Callable<Probe> attempt;
    private final Supplier<String> program;
    private FutureTask<Probe> current; // guarded by this
    private String tried; // guarded by this
    private boolean begun; // guarded by this

    /// @param program by what one QEMU is known from another; empty when that cannot be said now
    Probing(Callable<Probe> attempt, Supplier<String> program) {
        this.attempt = attempt;
        this.program = program;
        this.tried = program.get();
        this.current = new FutureTask<>(attempt);
    }

    /// Begins if nobody has, and does not wait.
    synchronized void begin() {
        if (!begun) {
            begun = true;
            // A thread of its own: whoever waits may be interrupted without harm to the others.
            Thread.ofVirtual().name("try qemu").start(current);
        }
    }

    Probe await() {
        try {
            return current().get(ANSWER_WITHIN.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw CoveException.unavailable("interrupted while QEMU was tried", e);
        } catch (ExecutionException e) {
            throw CoveException.unavailable(
                    "QEMU could not be tried: "
                            + Objects.requireNonNullElse(e.getCause(), e).getMessage(),
                    e);
        } catch (TimeoutException e) {
            throw CoveException.unavailable(
                    "QEMU could not be tried within " + ANSWER_WITHIN.toSeconds() + " s", e);
        }
    }

    private synchronized FutureTask<Probe> current() {
        var found = program.get();
        var another = !found.isEmpty() && !found.equals(tried);
        if (isVain(current) || another) {
            tried = found;
            current = new FutureTask<>(attempt);
            begun = false;
        }
        begin();
        return current;
    }

    private static boolean isVain(FutureTask<Probe> task) {
        return switch (task.state()) {
            case RUNNING -> false;
            case SUCCESS -> !task.resultNow().usable();
            case FAILED, CANCELLED -> true;
        };
    }
}

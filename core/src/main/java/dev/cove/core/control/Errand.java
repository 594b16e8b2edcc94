package dev.cove.core.control;

import dev.cove.core.CoveException;
import dev.cove.core.VmSpec;
import dev.cove.core.port.Machine;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Something that somebody wants done with a VM's machine, once, between two turns of its actor:
/// only the actor's thread touches the machine.
///
/// @param <T> what comes of it
final class Errand<T> {
    private final Work<T> work;
    private final CompletableFuture<T> outcome = new CompletableFuture<>();

    Errand(Work<T> work) {
        this.work = work;
    }

    /// What to do.
    ///
    /// @param <T> what comes of it
    interface Work<T> {
        /// @param vmm the name of the machine's driver
        T run(VmSpec spec, String vmm, Machine machine) throws InterruptedException;
    }

    void run(VmSpec spec, String vmm, Machine machine) throws InterruptedException {
        if (outcome.isDone()) {
            return; // nobody waits for it any more
        }
        try {
            outcome.complete(work.run(spec, vmm, machine));
        } catch (RuntimeException e) {
            outcome.completeExceptionally(e);
        } catch (InterruptedException e) {
            outcome.completeExceptionally(e);
            throw e;
        }
    }

    void refuse(CoveException why) {
        outcome.completeExceptionally(why);
    }

    T await(Duration limit) throws InterruptedException {
        try {
            return outcome.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof CoveException known
                    ? known
                    : CoveException.internal("an errand failed", e);
        } catch (TimeoutException e) {
            outcome.cancel(false);
            throw CoveException.unavailable(
                    "the VM is busy and did not get to it within "
                            + limit.toSeconds()
                            + " s; try again",
                    e);
        }
    }
}

package dev.cove.vmm.qemu;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/// Work that has to be done to its end, although whoever has it done is interrupted.
final class Undisturbed {
    private Undisturbed() {}

    /// What has to be done; it ends by itself, in a bounded time.
    interface Work {
        void run() throws Exception;
    }

    /// @throws Exception that the work ended with
    static void run(String name, Work work) throws Exception {
        var task =
                new FutureTask<Boolean>(() -> {
                    work.run();
                    return true;
                });
        Thread.ofVirtual().name(name).start(task);
        var interrupted = false;
        while (true) {
            try {
                task.get();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            } catch (ExecutionException e) {
                throw e.getCause() instanceof Exception known ? known : e;
            } finally {
                if (interrupted && task.isDone()) {
                    Thread.currentThread().interrupt();
                }
            }
        }
    }
}

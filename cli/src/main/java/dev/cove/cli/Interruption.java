package dev.cove.cli;

import dev.cove.core.CoveException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// What happens when a user ends a command (Ctrl-C, SIGTERM) while the daemon works for it: the
/// daemon is told to end that work, one line says so, and the exit code is 130. Open it before the
/// work is asked for, close it when it is done or has failed.
final class Interruption implements AutoCloseable {
    private static final int EXIT = 130;
    private static final Duration ANSWER = Duration.ofSeconds(5);
    private static final Duration LEAVE = Duration.ofSeconds(1);

    private final Surroundings here;
    private final String work;
    private final Runnable end;
    private final Thread hook = new Thread(this::interrupted, "interruption");
    private final CountDownLatch answered = new CountDownLatch(1);
    private final CountDownLatch left = new CountDownLatch(1);
    private volatile boolean accepted;

    private Interruption(Surroundings here, String work, Runnable end) {
        this.here = here;
        this.work = work;
        this.end = end;
        // Only a signal runs it: `Main` halts.
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /// @param work what the daemon does, for the user
    /// @param end ends it and returns when nothing of it is left
    static Interruption ending(Surroundings here, String work, Runnable end) {
        return new Interruption(here, work, end);
    }

    /// The daemon does the work from here on. Until then nothing is ended, since it could be the
    /// same work for somebody else.
    void accepted() {
        accepted = true;
        answered.countDown();
    }

    private void interrupted() {
        var line = "interrupted; " + outcome();
        // The command's own thread wipes its progress away, and says nothing of what broke off.
        var _ = await(left, LEAVE);
        here.stderr().print(here.isTerminal(2) ? "\r\033[K" : "");
        here.stderr().println("cove: " + line);
        here.stderr().flush();
        Runtime.getRuntime().halt(EXIT);
    }

    private String outcome() {
        if (!await(answered, ANSWER)) {
            return "the daemon has not said whether it is " + work;
        }
        if (!accepted) {
            return "the daemon was not " + work + " for this command";
        }
        try {
            end.run();
            return "the daemon has ended " + work + ", and nothing of it is left";
        } catch (CoveException e) {
            return Each.line(e);
        }
    }

    private static boolean await(CountDownLatch latch, Duration limit) {
        try {
            return latch.await(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /// Does not return when the command has been interrupted: the process ends meanwhile.
    @Override
    public void close() {
        answered.countDown();
        left.countDown();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            join();
        }
    }

    private void join() {
        try {
            hook.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

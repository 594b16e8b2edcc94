package dev.cove.doors;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.sshd.common.future.SshFuture;
import org.apache.sshd.common.future.SshFutureListener;

/// Waits for MINA's futures so that an interrupt is an interrupt: MINA's own waits turn it into an
/// `IOException`, or ignore it.
final class Waiting {
    private Waiting() {}

    /// @return whether it was done in time; how it ended is for the future to say
    static <T extends SshFuture<T>> boolean on(SshFuture<T> future, Duration limit)
            throws InterruptedException {
        return latch(future).await(limit.toNanos(), TimeUnit.NANOSECONDS);
    }

    static <T extends SshFuture<T>> void forGood(SshFuture<T> future) throws InterruptedException {
        latch(future).await();
    }

    private static <T extends SshFuture<T>> CountDownLatch latch(SshFuture<T> future) {
        var done = new CountDownLatch(1);
        SshFutureListener<T> listener = ended -> done.countDown();
        future.addListener(listener);
        return done;
    }

    /// The cause as an `IOException`: itself, if it is one.
    static IOException asIo(String what, Throwable failure) {
        var cause = failure;
        while (cause instanceof ExecutionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause instanceof IOException io
                ? io
                : new IOException(what + ": " + cause.getMessage(), cause);
    }
}

package dev.cove.api;

import dev.cove.core.CoveException;
import dev.cove.core.Image;
import dev.cove.core.Name;
import dev.cove.core.Owner;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// The images that are being made: each name once, few at a time, and each of them can be told to
/// give up.
final class Makings {
    private static final int MOST_AT_ONCE = 2;

    private final Map<Name, Making> underWay = new HashMap<>();

    /// Takes a place for one. Whoever gets it closes it, by the thread that made it or another.
    ///
    /// @throws CoveException CONFLICT when an image of that name is being made already, BUSY when
    ///   too many others are
    synchronized Making begin(Name name) {
        if (underWay.containsKey(name)) {
            throw CoveException.conflict(
                    "image \""
                            + name
                            + "\" is being made already; follow it with: cove events, or end it"
                            + " with: cove image cancel "
                            + name);
        }
        if (underWay.size() >= MOST_AT_ONCE) {
            throw CoveException.busy(
                    MOST_AT_ONCE
                            + " images are being made already; wait for one of them, and try"
                            + " again");
        }
        var making = new Making(name);
        underWay.put(name, making);
        return making;
    }

    /// Ends the making of an image, and returns when nothing of it is left.
    ///
    /// @param by who wants so, for those that wait for the image
    /// @throws CoveException NOT_FOUND when no image of that name is being made, CONFLICT when it
    ///   was ready before, UNAVAILABLE when it does not end in time
    void cancel(Name name, Owner by, Duration limit) throws InterruptedException {
        var making = find(name);
        making.cancel(by);
        if (!making.over.await(limit.toMillis(), TimeUnit.MILLISECONDS)) {
            throw CoveException.unavailable(
                    "the making of image \""
                            + name
                            + "\" has been told to end and has not yet; follow it with: cove"
                            + " events");
        }
        if (making.isMade()) {
            throw CoveException.conflict(
                    "image \""
                            + name
                            + "\" was ready before it could be cancelled; delete it with: cove"
                            + " image rm "
                            + name);
        }
    }

    private synchronized Making find(Name name) {
        var making = underWay.get(name);
        if (making == null) {
            throw CoveException.notFound(
                    "no image called \"" + name + "\" is being made; see: cove image ls");
        }
        return making;
    }

    private synchronized void end(Making making) {
        underWay.remove(making.name, making);
        making.over.countDown();
    }

    /// One of them. Closing it says that it has come to its end, whichever.
    final class Making implements AutoCloseable {
        private final Name name;
        private final CountDownLatch over = new CountDownLatch(1);
        private Optional<Owner> cancelledBy = Optional.empty();
        private @Nullable Thread maker;
        private boolean made;

        private Making(Name name) {
            this.name = name;
        }

        Name name() {
            return name;
        }

        /// Makes the image on this thread.
        ///
        /// @param work returns early, with whichever exception, when it is interrupted
        /// @throws CoveException CONFLICT when it was cancelled
        Image run(Callable<Image> work) throws Exception {
            try {
                begin();
                var image = work.call();
                succeed();
                return image;
            } catch (Exception e) {
                throw cancelled().orElse(e);
            } finally {
                leave();
            }
        }

        private synchronized void begin() throws InterruptedException {
            if (cancelledBy.isPresent()) {
                throw new InterruptedException();
            }
            maker = Thread.currentThread();
        }

        private synchronized void succeed() {
            made = true;
        }

        private synchronized void leave() {
            maker = null;
            // An interrupt that came too late must not hit what this thread does next.
            var _ = Thread.interrupted();
        }

        private synchronized void cancel(Owner by) {
            if (cancelledBy.isEmpty()) {
                cancelledBy = Optional.of(by);
                if (maker != null) {
                    maker.interrupt();
                }
            }
        }

        private synchronized Optional<Exception> cancelled() {
            return cancelledBy.map(by ->
                    CoveException.conflict(
                            "the making of image \""
                                    + name
                                    + "\" was cancelled by "
                                    + by
                                    + "; nothing of it is left"));
        }

        private synchronized boolean isMade() {
            return made;
        }

        @Override
        public void close() {
            end(this);
        }
    }
}

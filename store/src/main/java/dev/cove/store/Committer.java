package dev.cove.store;

import dev.cove.core.CoveException;
import dev.cove.core.port.Store.Change;
import dev.cove.core.port.Store.Guard;
import dev.cove.core.port.Store.Outcome;
import dev.cove.core.port.Store.Write;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The one thread that writes. What arrives while it waits for the disk goes into its next
/// transaction, all of it: many writers cost one fsync.
///
/// On a full disk it gives back its [Reserve] and from then on takes only what adds no key, until
/// there is room again.
final class Committer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Committer.class);
    private static final int LARGEST_BATCH = 256;
    private static final int MOST_WAITING = 10_000;
    private static final Duration LONGEST_STOP = Duration.ofSeconds(30);

    private final Path folder;
    private final Database database;
    private final Contents contents;
    private final Watchers watchers;
    private final Reserve reserve;
    private final BlockingQueue<Request> queue = new LinkedBlockingQueue<>(MOST_WAITING);
    private final Thread thread;
    private boolean closed;
    private boolean full;

    Committer(
            Path folder,
            Database database,
            Contents contents,
            Watchers watchers,
            Reserve reserve,
            boolean full) {
        this.folder = folder;
        this.database = database;
        this.contents = contents;
        this.watchers = watchers;
        this.reserve = reserve;
        this.full = full;
        // A JNI call holds its carrier, and a fsync is long: no virtual thread.
        thread = Thread.ofPlatform().name("store-commit").daemon().start(this::run);
    }

    /// A commit on its way.
    record Request(List<Guard> guards, List<Write> writes, CompletableFuture<Outcome> outcome) {
        static final Request LAST = new Request(List.of(), List.of(), new CompletableFuture<>());
    }

    /// Sends a commit on its way; the answer comes when it is durable.
    synchronized CompletableFuture<Outcome> submit(List<Guard> guards, List<Write> writes) {
        if (closed) {
            throw CoveException.unavailable("the store in " + folder + " is closed");
        }
        var request = new Request(guards, writes, new CompletableFuture<>());
        if (!queue.offer(request)) {
            throw CoveException.busy(
                    MOST_WAITING + " changes wait for the disk of " + folder + "; try again");
        }
        return request.outcome;
    }

    private void run() {
        var batch = new ArrayList<Request>();
        try {
            while (batch.isEmpty() || !batch.contains(Request.LAST)) {
                batch.clear();
                batch.add(queue.take());
                queue.drainTo(batch, LARGEST_BATCH - 1);
                process(batch.stream().filter(r -> !r.equals(Request.LAST)).toList());
            }
        } catch (InterruptedException e) {
            LOG.error("the store's writer was interrupted; nothing is written any more", e);
        }
    }

    private void process(List<Request> requests) {
        try {
            full = full && !refilled();
            if (full) {
                requests.forEach(this::processOnFullDisk);
            } else {
                processTogether(requests);
            }
        } catch (RuntimeException | Error e) {
            LOG.error("the store's writer failed", e);
            requests.forEach(r -> r.outcome.completeExceptionally(e));
        }
    }

    private void processTogether(List<Request> requests) {
        try {
            write(requests);
        } catch (SQLException e) {
            if (Database.isFull(e)) {
                giveRoom();
                requests.forEach(this::processOnFullDisk);
            } else {
                LOG.error("the store in {} cannot write", folder, e);
                requests.forEach(r -> r.outcome.completeExceptionally(unwritable(e)));
            }
        }
    }

    private void processOnFullDisk(Request request) {
        if (new Batch(contents).addsKeys(request.writes)) {
            request.outcome.completeExceptionally(fullDisk());
            return;
        }
        try {
            write(List.of(request));
        } catch (SQLException e) {
            request.outcome.completeExceptionally(Database.isFull(e) ? fullDisk() : unwritable(e));
        }
    }

    private void write(List<Request> requests) throws SQLException {
        var batch = new Batch(contents);
        var outcomes = requests.stream().map(r -> batch.add(r.guards, r.writes)).toList();
        var writes = batch.finalWrites();
        if (!writes.isEmpty()) {
            database.apply(batch.revision(), writes, contents.damagedAmong(writes));
            contents.apply(writes, batch.revision());
            for (var write : batch.writes()) {
                watchers.tell(new Change(write.revision(), write.write()));
            }
        }
        for (var i = 0; i < requests.size(); i++) {
            requests.get(i).outcome.complete(outcomes.get(i));
        }
    }

    private void giveRoom() {
        full = true;
        LOG.error("the disk of {} is full: nothing new is taken until there is room", folder);
        try {
            reserve.release();
            database.reuseLog();
        } catch (IOException | SQLException e) {
            LOG.error("the reserve in {} cannot be given back", folder, e);
        }
    }

    private boolean refilled() {
        try {
            if (!reserve.fill()) {
                return false;
            }
            LOG.info("the disk of {} has room again", folder);
            return true;
        } catch (IOException e) {
            LOG.warn("the disk of {} is still full: {}", folder, e.getMessage());
            return false;
        }
    }

    private CoveException fullDisk() {
        return CoveException.unavailable(
                "the disk of "
                        + folder
                        + " is full; nothing new is taken until there is room: destroy VMs or"
                        + " images, or free some space");
    }

    private CoveException unwritable(SQLException e) {
        return CoveException.unavailable(
                "the state in " + folder + " cannot be written: " + e.getMessage(), e);
    }

    /// Writes what is waiting and ends.
    @Override
    public void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
        }
        try {
            queue.put(Request.LAST);
            if (!thread.join(LONGEST_STOP)) {
                LOG.error("the store in {} did not stop within {}", folder, LONGEST_STOP);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

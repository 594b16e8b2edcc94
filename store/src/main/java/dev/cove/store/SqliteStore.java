package dev.cove.store;

import dev.cove.core.Bytes;
import dev.cove.core.CoveException;
import dev.cove.core.port.Store;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The store of one machine: `state.db` in the data folder. Whoever opens it has the folder for
/// itself until `close`.
///
/// Beside the file: `state.lock` (the pid of whoever has it), `state.db.backup` (a copy made at
/// every start that found nothing damaged), `state.reserve` (room for deletes on a full disk).
public final class SqliteStore implements Store {
    private static final Logger LOG = LoggerFactory.getLogger(SqliteStore.class);
    private static final Bytes RESERVE = Bytes.mebibytes(4);
    private static final Duration LONGEST_COMMIT = Duration.ofSeconds(60);

    private final Path folder;
    private final FolderLock lock;
    private final Database database;
    private final Contents contents;
    private final Watchers watchers;
    private final Committer committer;
    private boolean closed;

    /// @param folder the data folder, which exists
    /// @throws CoveException CONFLICT when another daemon has the folder or a newer Cove wrote it,
    ///   UNAVAILABLE when it cannot be written, or when its state is damaged beyond single
    ///   documents
    public static SqliteStore open(Path folder) {
        var lock = FolderLock.take(folder);
        try {
            return new SqliteStore(folder, lock);
        } catch (RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    private SqliteStore(Path folder, FolderLock lock) {
        this.folder = folder;
        this.lock = lock;
        SqliteCode.load();
        var file = new StateFile(folder);
        var loaded = file.open();
        try {
            database = Database.over(loaded.connection());
        } catch (SQLException e) {
            throw CoveException.unavailable(
                    "the state in "
                            + folder
                            + " cannot be used: "
                            + e.getMessage()
                            + "; check the disk and its free space",
                    e);
        }
        var reserve = new Reserve(folder.resolve("state.reserve"), RESERVE);
        var full = !prepare(file, loaded, reserve);
        contents = new Contents(loaded.entries(), loaded.damaged(), loaded.revision());
        watchers = new Watchers();
        committer = new Committer(folder, database, contents, watchers, reserve, full);
    }

    /// @return whether there is room for more
    private boolean prepare(StateFile file, StateFile.Loaded loaded, Reserve reserve) {
        try {
            if (loaded.damaged().isEmpty()) {
                file.backUp(loaded.connection());
            }
            database.stretch();
            return reserve.fill();
        } catch (IOException | SQLException e) {
            LOG.error(
                    "the state in {} cannot be copied or made ready for a full disk: {}",
                    folder,
                    e.getMessage());
            release(reserve);
            return false;
        }
    }

    private void release(Reserve reserve) {
        try {
            reserve.release();
        } catch (IOException e) {
            LOG.error("the reserve in {} cannot be given back", folder, e);
        }
    }

    @Override
    public Optional<Entry> get(String key) {
        return contents.get(key);
    }

    @Override
    public List<Entry> range(String prefix) {
        return contents.range(prefix);
    }

    @Override
    public long revision() {
        return contents.revision();
    }

    @Override
    public Outcome commit(List<Guard> guards, List<Write> writes) {
        requireNoDuplicates(writes);
        if (watchers.isCaller()) {
            throw new IllegalStateException("a watcher called commit");
        }
        return await(committer.submit(List.copyOf(guards), List.copyOf(writes)));
    }

    @Override
    public Watch watch(String prefix, Consumer<Change> listener) {
        return watchers.add(prefix, listener);
    }

    @Override
    public List<Damaged> damaged() {
        return contents.damaged();
    }

    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        try (lock;
                database;
                watchers;
                committer) {
            LOG.debug("closing the store in {}", folder);
        }
    }

    /// Waits through interrupts: whoever is told that nothing was written has to be right.
    private Outcome await(CompletableFuture<Outcome> outcome) {
        var interrupted = false;
        try {
            while (true) {
                try {
                    return outcome.get(LONGEST_COMMIT.toSeconds(), TimeUnit.SECONDS);
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } catch (ExecutionException e) {
            throw again(Objects.requireNonNullElse(e.getCause(), e));
        } catch (TimeoutException e) {
            throw CoveException.internal(
                    "the disk of "
                            + folder
                            + " has not answered for "
                            + LONGEST_COMMIT.toSeconds()
                            + " s; whether the change was written will show at the next start",
                    e);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private CoveException again(Throwable cause) {
        return cause instanceof CoveException e
                ? new CoveException(e.kind(), e.sentence(), e)
                : CoveException.internal("the store in " + folder + " failed", cause);
    }

    private static void requireNoDuplicates(List<Write> writes) {
        var seen = new HashSet<String>();
        for (var write : writes) {
            if (!seen.add(write.key())) {
                throw CoveException.invalid(write.key() + " is written twice in one commit");
            }
        }
    }
}

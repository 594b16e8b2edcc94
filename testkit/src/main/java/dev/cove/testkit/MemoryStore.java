package dev.cove.testkit;

import dev.cove.core.CoveException;
import dev.cove.core.port.Store;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A [Store] in memory for simulations: deterministic, since watchers are called by the committing
/// thread before `commit` returns; and mortal, since it dies where a test wants it to. What was
/// durable lives on in [#reopened].
public final class MemoryStore implements Store {
    /// Where a crash falls.
    public enum Moment {
        /// Nothing of the commit is there afterwards.
        BEFORE_WRITE,
        /// The commit is durable, but nobody was told.
        AFTER_WRITE
    }

    /// The process died inside a commit. An [Error], so that no code that handles failures mistakes
    /// it for one.
    public static final class Crash extends Error {
        private static final long serialVersionUID = 1L;

        Crash(String message) {
            super(message);
        }
    }

    private final NavigableMap<String, Entry> entries;
    private final NavigableMap<String, Damaged> damaged;
    private final List<Listener> listeners = new CopyOnWriteArrayList<>();
    private long revision;
    private boolean open = true;
    private boolean full;
    private boolean telling;
    private long commitsToCrash = Long.MAX_VALUE;
    private Moment moment = Moment.BEFORE_WRITE;

    public MemoryStore() {
        this(new TreeMap<>(), new TreeMap<>(), 0);
    }

    private MemoryStore(
            NavigableMap<String, Entry> entries,
            NavigableMap<String, Damaged> damaged,
            long revision) {
        this.entries = entries;
        this.damaged = damaged;
        this.revision = revision;
    }

    /// Kills this store (its watchers hear nothing more, its commits fail) and opens what it left
    /// behind. The disk is not full any more and no crash is planned.
    public synchronized MemoryStore reopened() {
        die();
        return new MemoryStore(new TreeMap<>(entries), new TreeMap<>(damaged), revision);
    }

    /// Plans a death: the `count`-th commit from now (1 is the next one) ends in a [Crash].
    public synchronized void crashAtCommit(long count, Moment where) {
        commitsToCrash = count;
        moment = where;
    }

    /// Fills the disk, or makes room again.
    public synchronized void full(boolean isFull) {
        full = isFull;
    }

    /// Spoils a document, as [#reopened] will find out.
    public synchronized void spoil(String key) {
        if (entries.remove(key) == null) {
            throw new IllegalArgumentException("nothing to spoil at " + key);
        }
        damaged.put(key, new Damaged(key, "spoilt by the test"));
    }

    @Override
    public synchronized Optional<Entry> get(String key) {
        requireOpen();
        return Optional.ofNullable(entries.get(key));
    }

    @Override
    public synchronized List<Entry> range(String prefix) {
        requireOpen();
        return entries.tailMap(prefix).values().stream()
                .takeWhile(e -> e.key().startsWith(prefix))
                .toList();
    }

    @Override
    public synchronized long revision() {
        requireOpen();
        return revision;
    }

    @Override
    public synchronized Outcome commit(List<Guard> guards, List<Write> writes) {
        requireOpen();
        requireNoDuplicates(writes);
        if (telling) {
            throw new IllegalStateException("a watcher called commit");
        }
        var dies = --commitsToCrash <= 0;
        if (dies && moment == Moment.BEFORE_WRITE) {
            throw crash();
        }
        for (var guard : guards) {
            if (revisionOf(guard.key()) != guard.revision()) {
                return dies ? refuseAndDie() : new Outcome.Refused(guard.key());
            }
        }
        if (full && writes.stream().anyMatch(this::needsRoom)) {
            throw CoveException.unavailable("the disk of the store is full; free some space");
        }
        var changes = apply(writes);
        if (dies) {
            throw crash();
        }
        tell(changes);
        return new Outcome.Committed(revision);
    }

    @Override
    public Watch watch(String prefix, Consumer<Change> consumer) {
        var listener = new Listener(prefix, consumer);
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    @Override
    public synchronized List<Damaged> damaged() {
        return List.copyOf(damaged.values());
    }

    @Override
    public synchronized void close() {
        die();
    }

    private record Listener(String prefix, Consumer<Change> consumer) {}

    private List<Change> apply(List<Write> writes) {
        var next = revision + 1;
        var changes = new ArrayList<Change>();
        for (var write : writes) {
            if (replace(write, next) != null || write instanceof Write.Put) {
                changes.add(new Change(next, write));
            }
        }
        if (!changes.isEmpty()) {
            revision = next;
        }
        return changes;
    }

    private @Nullable Entry replace(Write write, long at) {
        damaged.remove(write.key());
        return switch (write) {
            case Write.Put(var key, var document) -> entries.put(key, new Entry(key, document, at));
            case Write.Delete(var key) -> entries.remove(key);
        };
    }

    private void tell(List<Change> changes) {
        telling = true;
        try {
            for (var change : changes) {
                for (var listener : listeners) {
                    if (change.write().key().startsWith(listener.prefix)) {
                        tell(listener, change);
                    }
                }
            }
        } finally {
            telling = false;
        }
    }

    private static void tell(Listener listener, Change change) {
        try {
            listener.consumer.accept(change);
        } catch (RuntimeException e) {
            var thread = Thread.currentThread();
            thread.getUncaughtExceptionHandler().uncaughtException(thread, e);
        }
    }

    private long revisionOf(String key) {
        var entry = entries.get(key);
        return entry == null ? 0 : entry.revision();
    }

    private boolean needsRoom(Write write) {
        return write instanceof Write.Put && !entries.containsKey(write.key());
    }

    private Outcome refuseAndDie() {
        throw crash();
    }

    private Crash crash() {
        die();
        return new Crash("the process died in a commit, " + moment);
    }

    private void die() {
        open = false;
        listeners.clear();
    }

    private void requireOpen() {
        if (!open) {
            throw CoveException.unavailable("the store is closed");
        }
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

package dev.cove.store;

import dev.cove.core.port.Store.Damaged;
import dev.cove.core.port.Store.Entry;
import dev.cove.core.port.Store.Write;
import dev.cove.store.Database.Numbered;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;

/// What the store holds, in memory and in order. Readers see all of a commit or nothing of it.
final class Contents {
    private final ReadWriteLock lock = new ReentrantReadWriteLock();
    private final NavigableMap<String, Entry> entries;
    private final NavigableMap<String, Damaged> damaged;
    private long revision;

    Contents(
            NavigableMap<String, Entry> entries,
            NavigableMap<String, Damaged> damaged,
            long revision) {
        this.entries = entries;
        this.damaged = damaged;
        this.revision = revision;
    }

    Optional<Entry> get(String key) {
        return reading(() -> Optional.ofNullable(entries.get(key)));
    }

    List<Entry> range(String prefix) {
        return reading(() ->
                entries.tailMap(prefix).values().stream()
                        .takeWhile(e -> e.key().startsWith(prefix))
                        .toList());
    }

    List<Damaged> damaged() {
        return reading(() -> List.copyOf(damaged.values()));
    }

    /// Those of the keys that stand for damaged documents.
    List<String> damagedAmong(List<Numbered> writes) {
        return reading(() ->
                damaged.isEmpty()
                        ? List.of()
                        : writes.stream()
                                .map(w -> w.write().key())
                                .distinct()
                                .filter(damaged::containsKey)
                                .toList());
    }

    boolean isDamaged(String key) {
        return reading(() -> damaged.containsKey(key));
    }

    long revision() {
        return reading(() -> revision);
    }

    void apply(List<Numbered> writes, long newest) {
        lock.writeLock().lock();
        try {
            for (var write : writes) {
                apply(write);
            }
            revision = newest;
        } finally {
            lock.writeLock().unlock();
        }
    }

    private void apply(Numbered numbered) {
        damaged.remove(numbered.write().key());
        switch (numbered.write()) {
            case Write.Put(var key, var document) ->
                    entries.put(key, new Entry(key, document, numbered.revision()));
            case Write.Delete(var key) -> entries.remove(key);
        }
    }

    private <T> T reading(Supplier<T> read) {
        lock.readLock().lock();
        try {
            return read.get();
        } finally {
            lock.readLock().unlock();
        }
    }
}

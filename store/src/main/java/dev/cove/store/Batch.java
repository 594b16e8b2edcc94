package dev.cove.store;

import dev.cove.core.port.Store.Guard;
import dev.cove.core.port.Store.Outcome;
import dev.cove.core.port.Store.Write;
import dev.cove.store.Database.Numbered;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Commits that share one transaction: each one sees what those before it did, has its own guards,
/// its own revision and its own outcome.
final class Batch {
    private final Contents contents;
    private final Map<String, Long> revisions = new HashMap<>();
    private final List<Numbered> writes = new ArrayList<>();
    private long revision;

    Batch(Contents contents) {
        this.contents = contents;
        revision = contents.revision();
    }

    Outcome add(List<Guard> guards, List<Write> wanted) {
        for (var guard : guards) {
            if (revisionOf(guard.key()) != guard.revision()) {
                return new Outcome.Refused(guard.key());
            }
        }
        var changes = wanted.stream().filter(this::changesSomething).toList();
        if (!changes.isEmpty()) {
            revision++;
        }
        for (var write : changes) {
            writes.add(new Numbered(write, revision));
            revisions.put(write.key(), write instanceof Write.Put ? revision : 0);
        }
        return new Outcome.Committed(revision);
    }

    /// Every change, in order, for those who watch.
    List<Numbered> writes() {
        return writes;
    }

    /// What is left to write down: the last change of each key.
    List<Numbered> finalWrites() {
        var last = new LinkedHashMap<String, Numbered>();
        for (var write : writes) {
            last.put(write.write().key(), write);
        }
        return List.copyOf(last.values());
    }

    long revision() {
        return revision;
    }

    /// Whether one of these would be a key that is not there yet.
    boolean addsKeys(List<Write> wanted) {
        return wanted.stream().anyMatch(w -> w instanceof Write.Put && revisionOf(w.key()) == 0);
    }

    private boolean changesSomething(Write write) {
        return write instanceof Write.Put
                || revisionOf(write.key()) != 0
                || contents.isDamaged(write.key());
    }

    private long revisionOf(String key) {
        return Optional.ofNullable(revisions.get(key))
                .orElseGet(() -> contents.get(key).map(e -> e.revision()).orElse(0L));
    }
}

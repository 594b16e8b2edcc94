package dev.cove.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cove.core.CoveException;
import dev.cove.core.port.Store;
import dev.cove.core.port.Store.Guard;
import dev.cove.core.port.Store.Write;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class MemoryStoreTest extends StoreContract {
    @Override
    protected Store create() {
        return new MemoryStore();
    }

    @Override
    protected Store crashAndReopen(Store store) {
        return ((MemoryStore) store).reopened();
    }

    @Test
    void forgetsACommitThatItCrashedBefore() {
        var store = new MemoryStore();
        store.crashAtCommit(2, MemoryStore.Moment.BEFORE_WRITE);
        put(store, "a", "1");

        assertThatThrownBy(() -> put(store, "b", "2")).isInstanceOf(MemoryStore.Crash.class);

        assertThat(store.reopened().range("")).extracting(Store.Entry::key).containsExactly("a");
    }

    @Test
    void keepsACommitThatItCrashedAfterAndTellsNobody() {
        var store = new MemoryStore();
        var heard = new ArrayList<Store.Change>();
        store.watch("", heard::add);
        store.crashAtCommit(1, MemoryStore.Moment.AFTER_WRITE);

        assertThatThrownBy(() -> put(store, "a", "1")).isInstanceOf(MemoryStore.Crash.class);

        assertThat(store.reopened().get("a")).isPresent();
        assertThat(heard).isEmpty();
    }

    @Test
    void takesNoNewKeysOnAFullDiskButReplacesAndDeletes() {
        var store = new MemoryStore();
        put(store, "a", "1");
        put(store, "b", "1");
        store.full(true);

        assertThatThrownBy(() -> put(store, "c", "1"))
                .isInstanceOfSatisfying(
                        CoveException.class,
                        e -> assertThat(e.kind()).isEqualTo(CoveException.Kind.UNAVAILABLE));
        put(store, "a", "2");
        store.commit(List.of(), List.of(new Write.Delete("b")));

        assertThat(store.range("")).extracting(Store.Entry::document).containsExactly("2");
    }

    @Test
    void reportsASpoiltDocumentUntilItsKeyIsWrittenAgain() {
        var store = new MemoryStore();
        put(store, "a", "1");
        store.spoil("a");

        var reopened = store.reopened();
        assertThat(reopened.get("a")).isEmpty();
        assertThat(reopened.damaged()).extracting(Store.Damaged::key).containsExactly("a");
        reopened.commit(List.of(Guard.absent("a")), List.of(new Write.Put("a", "2")));

        assertThat(reopened.damaged()).isEmpty();
    }

    @Test
    void refusesAWatcherThatCommits() {
        var store = new MemoryStore();
        var failures = new ArrayList<RuntimeException>();
        store.watch(
                "",
                change -> {
                    try {
                        put(store, "b", "2");
                    } catch (IllegalStateException e) {
                        failures.add(e);
                    }
                });

        put(store, "a", "1");

        assertThat(failures).hasSize(1);
    }
}

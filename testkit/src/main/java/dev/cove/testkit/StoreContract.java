package dev.cove.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cove.core.CoveException;
import dev.cove.core.port.Store;
import dev.cove.core.port.Store.Entry;
import dev.cove.core.port.Store.Guard;
import dev.cove.core.port.Store.Outcome;
import dev.cove.core.port.Store.Outcome.Committed;
import dev.cove.core.port.Store.Outcome.Refused;
import dev.cove.core.port.Store.Write;
import dev.cove.core.port.Store.Write.Delete;
import dev.cove.core.port.Store.Write.Put;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What every [Store] has to do. Extend it beside an implementation and say how to make an empty
/// store and how to lose its process.
public abstract class StoreContract
        implements StoreDocuments, StoreGuards, StoreWatches, StoreCrowds {
    private Store store;

    /// A new and empty store. The contract closes it.
    protected abstract Store create();

    /// Opens again what is left of a store whose process is gone without a `close`.
    protected abstract Store crashAndReopen(Store gone);

    @Override
    public Store store() {
        return store;
    }

    @BeforeEach
    void open() {
        store = create();
    }

    @AfterEach
    void close() {
        store.close();
    }

    @Test
    void keepsEveryCommitAndRevisionWhenItsProcessIsGone() {
        put(store, "a", "1");
        put(store, "b", "1");
        var last = committed(store.commit(List.of(), List.of(new Delete("b"))));
        var before = store.range("");

        store = crashAndReopen(store);

        assertThat(store.range("")).isEqualTo(before);
        assertThat(store.damaged()).isEmpty();
        assertThat(put(store, "c", "1")).isGreaterThan(last);
    }

    @Test
    void failsClearlyOnceItIsClosed() {
        store.close();
        store.close();

        assertThatThrownBy(() -> put(store, "a", "1"))
                .isInstanceOfSatisfying(
                        CoveException.class,
                        e -> assertThat(e.kind()).isEqualTo(CoveException.Kind.UNAVAILABLE));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void agreesWithAPlainMapThroughCommitsAndCrashes(long seed) {
        var random = new Random(seed);
        var model = new TreeMap<String, Entry>();
        for (var round = 0; round < 150; round++) {
            if (random.nextInt(25) == 0) {
                store = crashAndReopen(store);
            }
            var write = write(random);
            var seen = model.get(write.key());
            var right = seen == null ? 0 : seen.revision();
            var guard = new Guard(write.key(), random.nextInt(4) == 0 ? right + 1 : right);
            switch (store.commit(List.of(guard), List.of(write))) {
                case Refused(var key) -> assertThat(guard.revision()).isNotEqualTo(right);
                case Committed(var revision) -> {
                    assertThat(guard.revision()).isEqualTo(right);
                    switch (write) {
                        case Put(var key, var document) ->
                                model.put(key, new Entry(key, document, revision));
                        case Delete(var key) -> model.remove(key);
                    }
                }
            }
            assertThat(store.range(""))
                    .as("seed %d, round %d", seed, round)
                    .containsExactlyElementsOf(model.values());
        }
    }

    /// Puts one document, whatever is there.
    protected static long put(Store store, String key, String document) {
        return committed(store.commit(List.of(), List.of(new Put(key, document))));
    }

    /// The revision of a commit that was to succeed.
    static long committed(Outcome outcome) {
        assertThat(outcome).isInstanceOf(Committed.class);
        return ((Committed) outcome).revision();
    }

    static void assertInvalid(Runnable act) {
        assertThatThrownBy(act::run)
                .isInstanceOfSatisfying(
                        CoveException.class,
                        e -> assertThat(e.kind()).isEqualTo(CoveException.Kind.INVALID));
    }

    private static Write write(Random random) {
        var key = "key/" + random.nextInt(12);
        return random.nextInt(3) == 0
                ? new Delete(key)
                : new Put(key, "x".repeat(random.nextInt(3000)));
    }
}

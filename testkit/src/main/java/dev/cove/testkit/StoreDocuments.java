package dev.cove.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cove.core.port.Store;
import dev.cove.core.port.Store.Entry;
import dev.cove.core.port.Store.Guard;
import dev.cove.core.port.Store.Outcome.Committed;
import dev.cove.core.port.Store.Write.Delete;
import dev.cove.core.port.Store.Write.Put;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What every [Store] does with documents and their revisions.
interface StoreDocuments {
    /// The one under test.
    Store store();

    @Test
    default void startsEmpty() {
        assertThat(store().range("")).isEmpty();
        assertThat(store().get("vm/a")).isEmpty();
        assertThat(store().damaged()).isEmpty();
    }

    @Test
    default void givesBackWhatWasPut() {
        var revision = StoreContract.put(store(), "vm/a", "{\"name\":\"wéb ☃ \\u0000\"}");

        assertThat(store().get("vm/a"))
                .contains(new Entry("vm/a", "{\"name\":\"wéb ☃ \\u0000\"}", revision));
    }

    @Test
    default void takesDocumentsAsLargeAsPromised() {
        var large = "x".repeat(Store.LARGEST_DOCUMENT);

        StoreContract.put(store(), "a", large);
        StoreContract.put(store(), "b", "");

        assertThat(store().range("")).extracting(Entry::document).containsExactly(large, "");
    }

    @Test
    default void rangesOverAPrefixInTheOrderOfTheKeys() {
        for (var key : List.of("vm/b", "vm0", "vm/a", "vm", "vm/a/spec", "ul", "~")) {
            StoreContract.put(store(), key, key);
        }

        assertThat(store().range("vm/"))
                .extracting(Entry::key)
                .containsExactly("vm/a", "vm/a/spec", "vm/b");
        assertThat(store().range("")).hasSize(7);
        assertThat(store().range("vn")).isEmpty();
    }

    @Test
    default void givesEveryCommitAHigherRevision() {
        var first = StoreContract.put(store(), "a", "1");
        var second = StoreContract.put(store(), "b", "1");
        var third = StoreContract.committed(store().commit(List.of(), List.of(new Delete("a"))));

        assertThat(List.of(first, second, third)).isSorted().doesNotHaveDuplicates();
        assertThat(first).isPositive();
    }

    @Test
    default void tellsTheRevisionOfTheNewestCommit() {
        var empty = store().revision();
        var written = StoreContract.put(store(), "a", "1");
        var told = store().revision();
        var _ = store().commit(List.of(), List.of(new Delete("never-was")));

        assertThat(told).isEqualTo(written).isGreaterThan(empty);
        assertThat(store().revision()).isEqualTo(told);
    }

    @Test
    default void answersACommitThatChangesNothingWithTheNewestRevision() {
        var newest = StoreContract.put(store(), "a", "1");

        assertThat(store().commit(List.of(), List.of())).isEqualTo(new Committed(newest));
        assertThat(store().commit(List.of(), List.of(new Delete("never-was"))))
                .isEqualTo(new Committed(newest));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a b", "ä", "a\n", "a\0"})
    default void refusesKeysThatAreNone(String key) {
        StoreContract.assertInvalid(() -> new Put(key, "{}"));
        StoreContract.assertInvalid(() -> new Delete(key));
        StoreContract.assertInvalid(() -> Guard.absent(key));
    }

    @Test
    default void refusesWhatIsTooLargeOrNoText() {
        StoreContract.assertInvalid(() -> new Put("k".repeat(Store.LONGEST_KEY + 1), "{}"));
        StoreContract.assertInvalid(() -> new Put("a", "é".repeat(Store.LARGEST_DOCUMENT / 2 + 1)));
        StoreContract.assertInvalid(() -> new Put("a", "\ud800"));
    }
}

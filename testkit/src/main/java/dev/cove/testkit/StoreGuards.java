package dev.cove.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cove.core.port.Store;
import dev.cove.core.port.Store.Entry;
import dev.cove.core.port.Store.Guard;
import dev.cove.core.port.Store.Outcome.Committed;
import dev.cove.core.port.Store.Outcome.Refused;
import dev.cove.core.port.Store.Write.Delete;
import dev.cove.core.port.Store.Write.Put;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What every [Store] does with commits that have conditions.
interface StoreGuards {
    /// The one under test.
    Store store();

    @Test
    default void refusesAKeyThatIsTakenAndWritesNothingOfTheCommit() {
        StoreContract.put(store(), "name/web", "vm-1");

        var outcome =
                store().commit(
                                List.of(Guard.absent("vm/2"), Guard.absent("name/web")),
                                List.of(new Put("vm/2", "{}"), new Put("name/web", "vm-2")));

        assertThat(outcome).isEqualTo(new Refused("name/web"));
        assertThat(store().get("vm/2")).isEmpty();
        assertThat(store().get("name/web")).map(Entry::document).contains("vm-1");
    }

    @Test
    default void refusesAChangeToWhatChangedMeanwhile() {
        StoreContract.put(store(), "a", "1");
        var seen = store().get("a").orElseThrow();
        StoreContract.put(store(), "a", "2");

        assertThat(store().commit(List.of(Guard.unchanged(seen)), List.of(new Put("a", "3"))))
                .isEqualTo(new Refused("a"));
        assertThat(store().commit(List.of(Guard.unchanged(seen)), List.of(new Delete("a"))))
                .isEqualTo(new Refused("a"));
        assertThat(store().get("a")).map(Entry::document).contains("2");
    }

    @Test
    default void commitsWhenEveryGuardHolds() {
        StoreContract.put(store(), "a", "1");
        var seen = store().get("a").orElseThrow();

        var outcome =
                store().commit(
                                List.of(Guard.unchanged(seen), Guard.absent("b")),
                                List.of(new Delete("a"), new Put("b", "1")));

        assertThat(outcome).isInstanceOf(Committed.class);
        assertThat(store().range("")).extracting(Entry::key).containsExactly("b");
    }

    @Test
    default void aKeyThatWasDeletedIsAbsentAgain() {
        StoreContract.put(store(), "a", "1");
        store().commit(List.of(), List.of(new Delete("a")));

        var outcome = store().commit(List.of(Guard.absent("a")), List.of(new Put("a", "2")));

        assertThat(outcome).isInstanceOf(Committed.class);
    }

    @Test
    default void checksGuardsOnKeysThatItDoesNotWrite() {
        assertThat(store().commit(List.of(new Guard("a", 7)), List.of(new Put("b", "1"))))
                .isEqualTo(new Refused("a"));
    }

    @Test
    default void refusesToWriteAKeyTwiceInOneCommit() {
        StoreContract.assertInvalid(
                () -> store().commit(List.of(), List.of(new Put("a", "1"), new Delete("a"))));
        assertThat(store().range("")).isEmpty();
    }
}

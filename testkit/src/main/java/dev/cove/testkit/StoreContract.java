package dev.cove.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cove.core.CoveException;
import dev.cove.core.port.Store;
import dev.cove.core.port.Store.Change;
import dev.cove.core.port.Store.Entry;
import dev.cove.core.port.Store.Guard;
import dev.cove.core.port.Store.Outcome;
import dev.cove.core.port.Store.Outcome.Committed;
import dev.cove.core.port.Store.Outcome.Refused;
import dev.cove.core.port.Store.Write;
import dev.cove.core.port.Store.Write.Delete;
import dev.cove.core.port.Store.Write.Put;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What every [Store] has to do. Extend it beside an implementation and say how to make an empty
/// store and how to lose its process.
public abstract class StoreContract {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private Store store;

    /// A new and empty store. The contract closes it.
    protected abstract Store create();

    /// Opens again what is left of a store whose process is gone without a `close`.
    protected abstract Store crashAndReopen(Store gone);

    @BeforeEach
    void open() {
        store = create();
    }

    @AfterEach
    void close() {
        store.close();
    }

    @Test
    void startsEmpty() {
        assertThat(store.range("")).isEmpty();
        assertThat(store.get("vm/a")).isEmpty();
        assertThat(store.damaged()).isEmpty();
    }

    @Test
    void givesBackWhatWasPut() {
        var revision = put(store, "vm/a", "{\"name\":\"wéb ☃ \\u0000\"}");

        assertThat(store.get("vm/a"))
                .contains(new Entry("vm/a", "{\"name\":\"wéb ☃ \\u0000\"}", revision));
    }

    @Test
    void takesDocumentsAsLargeAsPromised() {
        var large = "x".repeat(Store.LARGEST_DOCUMENT);

        put(store, "a", large);
        put(store, "b", "");

        assertThat(store.range("")).extracting(Entry::document).containsExactly(large, "");
    }

    @Test
    void rangesOverAPrefixInTheOrderOfTheKeys() {
        for (var key : List.of("vm/b", "vm0", "vm/a", "vm", "vm/a/spec", "ul", "~")) {
            put(store, key, key);
        }

        assertThat(store.range("vm/"))
                .extracting(Entry::key)
                .containsExactly("vm/a", "vm/a/spec", "vm/b");
        assertThat(store.range("")).hasSize(7);
        assertThat(store.range("vn")).isEmpty();
    }

    @Test
    void givesEveryCommitAHigherRevision() {
        var first = put(store, "a", "1");
        var second = put(store, "b", "1");
        var third = committed(store.commit(List.of(), List.of(new Delete("a"))));

        assertThat(List.of(first, second, third)).isSorted().doesNotHaveDuplicates();
        assertThat(first).isPositive();
    }

    @Test
    void tellsTheRevisionOfTheNewestCommit() {
        var empty = store.revision();
        var written = put(store, "a", "1");
        var told = store.revision();
        var _ = store.commit(List.of(), List.of(new Delete("never-was")));

        assertThat(told).isEqualTo(written).isGreaterThan(empty);
        assertThat(store.revision()).isEqualTo(told);
    }

    @Test
    void answersACommitThatChangesNothingWithTheNewestRevision() {
        var newest = put(store, "a", "1");

        assertThat(store.commit(List.of(), List.of())).isEqualTo(new Committed(newest));
        assertThat(store.commit(List.of(), List.of(new Delete("never-was"))))
                .isEqualTo(new Committed(newest));
    }

    @Test
    void refusesAKeyThatIsTakenAndWritesNothingOfTheCommit() {
        put(store, "name/web", "vm-1");

        var outcome =
                store.commit(
                        List.of(Guard.absent("vm/2"), Guard.absent("name/web")),
                        List.of(new Put("vm/2", "{}"), new Put("name/web", "vm-2")));

        assertThat(outcome).isEqualTo(new Refused("name/web"));
        assertThat(store.get("vm/2")).isEmpty();
        assertThat(store.get("name/web")).map(Entry::document).contains("vm-1");
    }

    @Test
    void refusesAChangeToWhatChangedMeanwhile() {
        put(store, "a", "1");
        var seen = store.get("a").orElseThrow();
        put(store, "a", "2");

        assertThat(store.commit(List.of(Guard.unchanged(seen)), List.of(new Put("a", "3"))))
                .isEqualTo(new Refused("a"));
        assertThat(store.commit(List.of(Guard.unchanged(seen)), List.of(new Delete("a"))))
                .isEqualTo(new Refused("a"));
        assertThat(store.get("a")).map(Entry::document).contains("2");
    }

    @Test
    void commitsWhenEveryGuardHolds() {
        put(store, "a", "1");
        var seen = store.get("a").orElseThrow();

        var outcome =
                store.commit(
                        List.of(Guard.unchanged(seen), Guard.absent("b")),
                        List.of(new Delete("a"), new Put("b", "1")));

        assertThat(outcome).isInstanceOf(Committed.class);
        assertThat(store.range("")).extracting(Entry::key).containsExactly("b");
    }

    @Test
    void aKeyThatWasDeletedIsAbsentAgain() {
        put(store, "a", "1");
        store.commit(List.of(), List.of(new Delete("a")));

        var outcome = store.commit(List.of(Guard.absent("a")), List.of(new Put("a", "2")));

        assertThat(outcome).isInstanceOf(Committed.class);
    }

    @Test
    void checksGuardsOnKeysThatItDoesNotWrite() {
        assertThat(store.commit(List.of(new Guard("a", 7)), List.of(new Put("b", "1"))))
                .isEqualTo(new Refused("a"));
    }

    @Test
    void refusesToWriteAKeyTwiceInOneCommit() {
        assertInvalid(() -> store.commit(List.of(), List.of(new Put("a", "1"), new Delete("a"))));
        assertThat(store.range("")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a b", "ä", "a\n", "a\0"})
    void refusesKeysThatAreNone(String key) {
        assertInvalid(() -> new Put(key, "{}"));
        assertInvalid(() -> new Delete(key));
        assertInvalid(() -> Guard.absent(key));
    }

    @Test
    void refusesWhatIsTooLargeOrNoText() {
        assertInvalid(() -> new Put("k".repeat(Store.LONGEST_KEY + 1), "{}"));
        assertInvalid(() -> new Put("a", "é".repeat(Store.LARGEST_DOCUMENT / 2 + 1)));
        assertInvalid(() -> new Put("a", "\ud800"));
    }

    @Test
    void tellsWatchersEveryChangeOfTheirsInOrder() throws InterruptedException {
        var heard = new LinkedBlockingQueue<Change>();
        put(store, "vm/before", "1");
        store.watch("vm/", heard::add);

        var first = put(store, "vm/a", "1");
        put(store, "name/a", "1");
        var second =
                committed(
                        store.commit(
                                List.of(),
                                List.of(
                                        new Delete("vm/a"),
                                        new Delete("vm/never-was"),
                                        new Put("vm/b", "2"))));

        assertThat(take(heard, 3))
                .containsExactly(
                        new Change(first, new Put("vm/a", "1")),
                        new Change(second, new Delete("vm/a")),
                        new Change(second, new Put("vm/b", "2")));
    }

    @Test
    void aWatcherReadsAtLeastWhatItIsToldOf() throws InterruptedException {
        var found = new LinkedBlockingQueue<Boolean>();
        store.watch("", change -> found.add(store.get(change.write().key()).isPresent()));

        put(store, "a", "1");

        assertThat(take(found, 1)).containsExactly(true);
    }

    @Test
    void tellsNothingOfARefusedCommit() throws InterruptedException {
        var heard = new LinkedBlockingQueue<Change>();
        store.watch("", heard::add);

        store.commit(List.of(new Guard("a", 9)), List.of(new Put("a", "1")));
        put(store, "b", "1");

        assertThat(take(heard, 1)).extracting(c -> c.write().key()).containsExactly("b");
    }

    @Test
    void tellsNothingAfterAWatchIsClosed() throws InterruptedException {
        var heard = new LinkedBlockingQueue<Change>();
        var others = new LinkedBlockingQueue<Change>();
        var watch = store.watch("", heard::add);
        store.watch("", others::add);
        watch.close();
        watch.close();

        put(store, "a", "1");

        assertThat(take(others, 1)).hasSize(1);
        assertThat(heard).isEmpty();
    }

    @Test
    void oneWatcherThatFailsTakesNothingFromTheOthers() throws InterruptedException {
        var heard = new LinkedBlockingQueue<Change>();
        store.watch(
                "",
                change -> {
                    throw new Deliberate();
                });
        store.watch("", heard::add);

        put(store, "a", "1");
        put(store, "b", "1");

        assertThat(take(heard, 2)).extracting(c -> c.write().key()).containsExactly("a", "b");
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

    @Test
    void losesNoUpdateOfManyWriters() throws InterruptedException {
        var revisions = new ConcurrentSkipListSet<Long>();
        put(store, "counter", "0");
        var writers = new ArrayList<Thread>();
        for (var i = 0; i < 8; i++) {
            writers.add(
                    Thread.startVirtualThread(() -> {
                        for (var n = 0; n < 25; n++) {
                            revisions.add(increment());
                        }
                    }));
        }
        for (var writer : writers) {
            assertThat(writer.join(PATIENCE)).isTrue();
        }

        assertThat(store.get("counter")).map(Entry::document).contains("200");
        assertThat(revisions).hasSize(200);
    }

    @Test
    void neverShowsHalfOfACommit() throws InterruptedException {
        var done = new AtomicBoolean();
        var torn = new AtomicBoolean();
        var reader =
                Thread.ofPlatform()
                        .start(() -> {
                            while (!done.get()) {
                                var revisions = store.range("").stream().map(Entry::revision);
                                if (revisions.distinct().count() > 1) {
                                    torn.set(true);
                                }
                            }
                        });
        for (var i = 0; i < 50; i++) {
            var writes = new ArrayList<Write>();
            for (var k = 0; k < 50; k++) {
                writes.add(new Put("key/" + k, "" + i));
            }
            committed(store.commit(List.of(), writes));
        }
        done.set(true);

        assertThat(reader.join(PATIENCE)).isTrue();
        assertThat(torn).isFalse();
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

    private static long committed(Outcome outcome) {
        assertThat(outcome).isInstanceOf(Committed.class);
        return ((Committed) outcome).revision();
    }

    private long increment() {
        while (true) {
            var seen = store.get("counter").orElseThrow();
            var next = "" + (Integer.parseInt(seen.document()) + 1);
            var outcome =
                    store.commit(List.of(Guard.unchanged(seen)), List.of(new Put("counter", next)));
            if (outcome instanceof Committed(var revision)) {
                return revision;
            }
        }
    }

    private static Write write(Random random) {
        var key = "key/" + random.nextInt(12);
        return random.nextInt(3) == 0
                ? new Delete(key)
                : new Put(key, "x".repeat(random.nextInt(3000)));
    }

    private static <T> List<T> take(BlockingQueue<T> queue, int count) throws InterruptedException {
        var all = new ArrayList<T>();
        while (all.size() < count) {
            var next = queue.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            assertThat(next).as("after %s", all).isNotNull();
            all.add(next);
        }
        return all;
    }

    private static void assertInvalid(Runnable act) {
        assertThatThrownBy(act::run)
                .isInstanceOfSatisfying(
                        CoveException.class,
                        e -> assertThat(e.kind()).isEqualTo(CoveException.Kind.INVALID));
    }

    private static final class Deliberate extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Deliberate() {
            super("this failure is part of a test", null, false, false);
        }
    }
}

package dev.cove.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cove.core.port.Store;
import dev.cove.core.port.Store.Change;
import dev.cove.core.port.Store.Guard;
import dev.cove.core.port.Store.Write.Delete;
import dev.cove.core.port.Store.Write.Put;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// What every [Store] tells those who watch.
interface StoreWatches {
    Duration PATIENCE = Duration.ofSeconds(20);

    /// The one under test.
    Store store();

    @Test
    default void tellsWatchersEveryChangeOfTheirsInOrder() throws InterruptedException {
        var heard = new LinkedBlockingQueue<Change>();
        StoreContract.put(store(), "vm/before", "1");
        store().watch("vm/", heard::add);

        var first = StoreContract.put(store(), "vm/a", "1");
        StoreContract.put(store(), "name/a", "1");
        var second =
                StoreContract.committed(
                        store().commit(
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
    default void aWatcherReadsAtLeastWhatItIsToldOf() throws InterruptedException {
        var found = new LinkedBlockingQueue<Boolean>();
        store().watch("", change -> found.add(store().get(change.write().key()).isPresent()));

        StoreContract.put(store(), "a", "1");

        assertThat(take(found, 1)).containsExactly(true);
    }

    @Test
    default void tellsNothingOfARefusedCommit() throws InterruptedException {
        var heard = new LinkedBlockingQueue<Change>();
        store().watch("", heard::add);

        store().commit(List.of(new Guard("a", 9)), List.of(new Put("a", "1")));
        StoreContract.put(store(), "b", "1");

        assertThat(take(heard, 1)).extracting(c -> c.write().key()).containsExactly("b");
    }

    @Test
    default void tellsNothingAfterAWatchIsClosed() throws InterruptedException {
        var heard = new LinkedBlockingQueue<Change>();
        var others = new LinkedBlockingQueue<Change>();
        var watch = store().watch("", heard::add);
        store().watch("", others::add);
        watch.close();
        watch.close();

        StoreContract.put(store(), "a", "1");

        assertThat(take(others, 1)).hasSize(1);
        assertThat(heard).isEmpty();
    }

    @Test
    default void oneWatcherThatFailsTakesNothingFromTheOthers() throws InterruptedException {
        var heard = new LinkedBlockingQueue<Change>();
        store().watch(
                        "",
                        change -> {
                            throw new Deliberate();
                        });
        store().watch("", heard::add);

        StoreContract.put(store(), "a", "1");
        StoreContract.put(store(), "b", "1");

        assertThat(take(heard, 2)).extracting(c -> c.write().key()).containsExactly("a", "b");
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

    /// A failure that is part of a test.
    final class Deliberate extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Deliberate() {
            super("this failure is part of a test", null, false, false);
        }
    }
}

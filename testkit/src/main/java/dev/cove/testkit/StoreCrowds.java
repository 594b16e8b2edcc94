package dev.cove.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cove.core.port.Store;
import dev.cove.core.port.Store.Entry;
import dev.cove.core.port.Store.Guard;
import dev.cove.core.port.Store.Outcome.Committed;
import dev.cove.core.port.Store.Write;
import dev.cove.core.port.Store.Write.Put;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/// What every [Store] does with many at once.
interface StoreCrowds {
    Duration PATIENCE = Duration.ofSeconds(20);

    /// The one under test.
    Store store();

    @Test
    default void losesNoUpdateOfManyWriters() throws InterruptedException {
        var revisions = new ConcurrentSkipListSet<Long>();
        StoreContract.put(store(), "counter", "0");
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

        assertThat(store().get("counter")).map(Entry::document).contains("200");
        assertThat(revisions).hasSize(200);
    }

    @Test
    default void neverShowsHalfOfACommit() throws InterruptedException {
        var done = new AtomicBoolean();
        var torn = new AtomicBoolean();
        var reader =
                Thread.ofPlatform()
                        .start(() -> {
                            while (!done.get()) {
                                var revisions = store().range("").stream().map(Entry::revision);
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
            StoreContract.committed(store().commit(List.of(), writes));
        }
        done.set(true);

        assertThat(reader.join(PATIENCE)).isTrue();
        assertThat(torn).isFalse();
    }

    private long increment() {
        while (true) {
            var seen = store().get("counter").orElseThrow();
            var next = "" + (Integer.parseInt(seen.document()) + 1);
            var outcome =
                    store().commit(
                                    List.of(Guard.unchanged(seen)),
                                    List.of(new Put("counter", next)));
            if (outcome instanceof Committed(var revision)) {
                return revision;
            }
        }
    }
}

package dev.cove.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cove.core.CoveException;
import dev.cove.core.port.Store;
import dev.cove.core.port.Store.Write;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Whatever a disk does to the file: Cove opens what is whole and names what is not, or says what
/// to do; it never shows a wrong document and never loses one without a word.
class DamageTest {
    private static final int SAMPLES = 60;
    private static final int DOCUMENTS = 60;

    @TempDir Path temporary;
    private byte[] whole = new byte[0];
    private List<Store.Entry> entries = List.of();

    @BeforeEach
    void fillAStore() throws IOException {
        var folder = Files.createDirectory(temporary.resolve("whole"));
        try (var store = SqliteStore.open(folder)) {
            var writes = new ArrayList<Write>();
            for (var i = 0; i < DOCUMENTS; i++) {
                writes.add(
                        new Write.Put("vm/%04d".formatted(i), "{\"n\":" + "7".repeat(900) + "}"));
            }
            store.commit(List.of(), writes);
            entries = store.range("");
        }
        whole = Files.readAllBytes(folder.resolve("state.db"));
    }

    @Test
    void noticesEveryTruncation() throws IOException {
        var needed = whole.length;
        for (var i = 0; i < SAMPLES; i++) {
            var length = (int) ((long) needed * i / SAMPLES);
            assertHonest(Arrays.copyOf(whole, length), "cut to " + length);
        }
    }

    @Test
    void noticesEveryFlippedByteThatMatters() throws IOException {
        var seed = new Random().nextLong();
        var random = new Random(seed);
        for (var i = 0; i < SAMPLES; i++) {
            var spoilt = whole.clone();
            // The first page holds the header and the schema: half of the samples go there.
            var at = random.nextInt(i % 2 == 0 ? 4096 : spoilt.length);
            spoilt[at] ^= (byte) (1 << random.nextInt(8));
            assertHonest(spoilt, "seed " + seed + ", byte " + at);
        }
    }

    @Test
    void noticesAPageOfZeros() throws IOException {
        for (var page = 0; page < whole.length / 4096; page += 3) {
            var spoilt = whole.clone();
            Arrays.fill(spoilt, page * 4096, (page + 1) * 4096, (byte) 0);
            assertHonest(spoilt, "page " + page);
        }
    }

    private void assertHonest(byte[] bytes, String how) throws IOException {
        var folder = Files.createTempDirectory(temporary, "spoilt");
        Files.write(folder.resolve("state.db"), bytes);
        Files.write(folder.resolve("state.db.backup"), whole);
        try (var store = SqliteStore.open(folder)) {
            var there = store.range("");
            assertThat(entries).as(how).containsAll(there);
            assertThat(there.size() + store.damaged().size()).as(how).isEqualTo(DOCUMENTS);
            store.commit(List.of(), List.of(new Write.Put("vm/new", "{}")));
        } catch (CoveException e) {
            assertThat(e.kind())
                    .as(how)
                    .isIn(CoveException.Kind.UNAVAILABLE, CoveException.Kind.CONFLICT);
            assertThat(e.sentence()).as(how).containsAnyOf("go back to the copy", "newer Cove");
        }
    }
}

package dev.cove.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.cove.core.CoveException;
import dev.cove.core.port.Store;
import dev.cove.core.port.Store.Outcome.Committed;
import dev.cove.core.port.Store.Write;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A file system of 24 MiB of its own, filled to the last byte.
@Tag("root")
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class DiskFullTest {
    @TempDir Path folder;

    @BeforeEach
    void mount() throws Exception {
        assumeThat(run("mount", "-t", "tmpfs", "-o", "size=24m,mode=0700", "cove-test", path()))
                .as("may mount a tmpfs (root, CAP_SYS_ADMIN)")
                .isZero();
    }

    @AfterEach
    void unmount() throws Exception {
        run("umount", path());
    }

    @Test
    void refusesNewKeysOnAFullDiskAndGoesOnWithWhatIsThere() throws IOException {
        try (var store = SqliteStore.open(folder)) {
            fillStore(store);
            fillDisk();
            var before = fillUntilRefused(store);

            for (var i = 0; i < 200; i++) {
                assertThat(put(store, "vm/%03d".formatted(i), "{\"power\":\"gone\"}"))
                        .isInstanceOf(Committed.class);
            }
            assertThat(store.range("new/")).hasSize(before);
            for (var i = 0; i < 200; i++) {
                delete(store, "vm/%03d".formatted(i));
            }
            assertThat(store.range("vm/")).isEmpty();
        }
        try (var store = SqliteStore.open(folder)) {
            assertThat(store.range("vm/")).isEmpty();
            assertThat(store.damaged()).isEmpty();
        }
    }

    @Test
    void takesNewKeysAgainWhenThereIsRoom() throws IOException {
        try (var store = SqliteStore.open(folder)) {
            fillStore(store);
            fillDisk();
            fillUntilRefused(store);

            Files.delete(folder.resolve("filling"));

            assertThat(put(store, "vm/after", "{}")).isInstanceOf(Committed.class);
            assertThat(folder.resolve("state.reserve")).exists();
        }
    }

    @Test
    void startsOnAFullDiskAndDeletes() throws IOException {
        try (var store = SqliteStore.open(folder)) {
            fillStore(store);
        }
        fillDisk();

        try (var store = SqliteStore.open(folder)) {
            assertThat(store.range("vm/")).hasSize(200);
            delete(store, "vm/007");
            assertThat(store.range("vm/")).hasSize(199);
        }
    }

    @Test
    void saysWhatIsWrongWithAReadOnlyFolder() throws Exception {
        SqliteStore.open(folder).close();
        assertThat(run("mount", "-o", "remount,ro", path())).isZero();

        assertThatThrownBy(() -> SqliteStore.open(folder))
                .isInstanceOfSatisfying(
                        CoveException.class,
                        e -> assertThat(e.kind()).isEqualTo(CoveException.Kind.UNAVAILABLE))
                .hasMessageContaining(path())
                .hasMessageContaining("Read-only file system");
    }

    @Test
    void saysWhenThereIsNoRoomToBegin() throws IOException {
        fillDisk();

        assertThatThrownBy(() -> SqliteStore.open(folder))
                .isInstanceOfSatisfying(
                        CoveException.class,
                        e -> assertThat(e.kind()).isEqualTo(CoveException.Kind.UNAVAILABLE))
                .hasMessageContaining(path());
    }

    private static void fillStore(Store store) {
        for (var i = 0; i < 200; i++) {
            put(store, "vm/%03d".formatted(i), "{\"x\":\"" + "x".repeat(2000) + "\"}");
        }
    }

    /// Adds large documents until one is refused.
    ///
    /// @return how many were taken
    private static int fillUntilRefused(Store store) {
        for (var i = 0; i < 100; i++) {
            try {
                put(store, "new/" + i, "x".repeat(500_000));
            } catch (CoveException e) {
                assertThat(e.kind()).isEqualTo(CoveException.Kind.UNAVAILABLE);
                assertThat(e.sentence()).contains("is full");
                return i;
            }
        }
        throw new AssertionError("a full disk took 50 MB");
    }

    private void fillDisk() throws IOException {
        try (var out = Files.newOutputStream(folder.resolve("filling"))) {
            var chunk = new byte[4096];
            while (true) {
                out.write(chunk);
            }
        } catch (IOException e) {
            assertThat(e).hasMessageContaining("No space left");
        }
    }

    private static Store.Outcome put(Store store, String key, String document) {
        return store.commit(List.of(), List.of(new Write.Put(key, document)));
    }

    private static void delete(Store store, String key) {
        assertThat(store.commit(List.of(), List.of(new Write.Delete(key))))
                .isInstanceOf(Committed.class);
    }

    private String path() {
        return folder.toString();
    }

    private static int run(String... command) throws Exception {
        var process = new ProcessBuilder(command).inheritIO().start();
        if (!process.waitFor(20, TimeUnit.SECONDS)) {
            process.destroyForcibly();
        }
        return process.waitFor();
    }
}

package dev.cove.store;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cove.core.CoveException;
import dev.cove.core.port.Store;
import dev.cove.testkit.StoreContract;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqliteStoreTest extends StoreContract {
    @TempDir Path temporary;
    private final Map<Store, Path> folders = new HashMap<>();

    @Override
    protected Store create() {
        return open(newFolder());
    }

    /// A copy of the files of a live store is what a power cut leaves.
    @Override
    protected Store crashAndReopen(Store gone) {
        var left = newFolder();
        for (var name : new String[] {"state.db", "state.db-wal"}) {
            copy(requireNonNull(folders.get(gone)).resolve(name), left.resolve(name));
        }
        gone.close();
        return open(left);
    }

    @Test
    void comesBackAfterACleanEnd() {
        var folder = newFolder();
        try (var store = SqliteStore.open(folder)) {
            put(store, "a", "1");
        }
        try (var store = SqliteStore.open(folder)) {
            assertThat(store.get("a")).map(Store.Entry::document).contains("1");
        }
    }

    @Test
    void leavesNothingOfSqliteItself() throws Exception {
        try (var store = SqliteStore.open(newFolder())) {
            put(store, "a", "1");

            var code = Files.readString(Path.of("/proc/self/maps")).lines();
            assertThat(code.filter(line -> line.contains("libsqlitejdbc.so")))
                    .isNotEmpty()
                    .allMatch(line -> line.endsWith(" (deleted)"));
        }
    }

    @Test
    void refusesASecondDaemonAndNamesTheFirst() {
        var folder = newFolder();
        try (var first = SqliteStore.open(folder)) {
            assertThatThrownBy(() -> SqliteStore.open(folder))
                    .isInstanceOfSatisfying(
                            CoveException.class,
                            e -> assertThat(e.kind()).isEqualTo(CoveException.Kind.CONFLICT))
                    .hasMessageContaining(folder.toString())
                    .hasMessageContaining("pid " + ProcessHandle.current().pid());
            put(first, "a", "1");
        }
        SqliteStore.open(folder).close();
    }

    @Test
    void keepsItsFilesToItself() throws IOException {
        var folder = newFolder();
        try (var store = SqliteStore.open(folder)) {
            put(store, "a", "1");
            try (var files = Files.list(folder)) {
                assertThat(files)
                        .hasSize(5)
                        .allSatisfy(f ->
                                assertThat(Files.getPosixFilePermissions(f))
                                        .as("%s", f)
                                        .isEqualTo(PosixFilePermissions.fromString("rw-------")));
            }
        }
    }

    @Test
    void refusesAFolderThatIsNotThere() {
        assertUnavailable(temporary.resolve("nowhere"), "create it");
    }

    @Test
    void refusesWhatANewerCoveWrote() throws SQLException {
        var folder = newFolder();
        SqliteStore.open(folder).close();
        change(folder, "PRAGMA user_version = 2");

        assertThatThrownBy(() -> SqliteStore.open(folder))
                .isInstanceOf(CoveException.class)
                .hasMessageContaining("newer Cove (schema 2");
    }

    @Test
    void movesADamagedDocumentAsideAndGoesOnWithTheOthers() throws SQLException {
        var folder = newFolder();
        try (var store = SqliteStore.open(folder)) {
            put(store, "vm/a", "{\"memory\":1}");
            put(store, "vm/b", "{}");
        }
        change(folder, "UPDATE document SET document = CAST('{}' AS BLOB) WHERE key = 'vm/a'");

        for (var start = 0; start < 2; start++) {
            try (var store = SqliteStore.open(folder)) {
                assertThat(store.get("vm/a")).isEmpty();
                assertThat(store.get("vm/b")).isPresent();
                assertThat(store.damaged()).extracting(Store.Damaged::key).containsExactly("vm/a");
            }
        }
        try (var store = SqliteStore.open(folder)) {
            put(store, "vm/a", "{}");
            assertThat(store.damaged()).isEmpty();
        }
        try (var store = SqliteStore.open(folder)) {
            assertThat(store.damaged()).isEmpty();
            assertThat(store.get("vm/a")).isPresent();
        }
    }

    @Test
    void forgetsADamagedDocumentWhenItsKeyIsDeleted() throws SQLException {
        var folder = newFolder();
        try (var store = SqliteStore.open(folder)) {
            put(store, "vm/a", "{}");
        }
        change(folder, "UPDATE document SET revision = 77");
        try (var store = SqliteStore.open(folder)) {
            store.commit(java.util.List.of(), java.util.List.of(new Store.Write.Delete("vm/a")));
            assertThat(store.damaged()).isEmpty();
        }
        try (var store = SqliteStore.open(folder)) {
            assertThat(store.damaged()).isEmpty();
        }
    }

    @Test
    void neverTakesAnEmptyFileForAYoungStore() throws IOException {
        var folder = newFolder();
        try (var store = SqliteStore.open(folder)) {
            put(store, "a", "1");
        }
        Files.write(folder.resolve("state.db"), new byte[0]);

        assertUnavailable(folder, "cp -p $d/state.db.backup state.db");
    }

    @Test
    void comesBackFromTheCopyAsItsErrorSays() throws Exception {
        var folder = newFolder();
        try (var store = SqliteStore.open(folder)) {
            put(store, "a", "1");
        }
        SqliteStore.open(folder).close();
        Files.delete(folder.resolve("state.db"));
        var message = "";
        try {
            SqliteStore.open(folder).close();
        } catch (CoveException e) {
            message = e.sentence();
        }

        var command = message.substring(message.indexOf("with: ") + "with: ".length());
        var shell = new ProcessBuilder("sh", "-c", command).inheritIO().start();
        assertThat(shell.waitFor()).isZero();

        try (var store = SqliteStore.open(folder)) {
            assertThat(store.get("a")).map(Store.Entry::document).contains("1");
        }
    }

    private static void assertUnavailable(Path folder, String saying) {
        assertThatThrownBy(() -> SqliteStore.open(folder))
                .isInstanceOfSatisfying(
                        CoveException.class,
                        e -> assertThat(e.kind()).isEqualTo(CoveException.Kind.UNAVAILABLE))
                .hasMessageContaining(saying);
    }

    private static void change(Path folder, String sql) throws SQLException {
        try (var connection =
                        DriverManager.getConnection(
                                "jdbc:sqlite:" + folder.resolve("state.db").toUri());
                var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private Store open(Path folder) {
        var store = SqliteStore.open(folder);
        folders.put(store, folder);
        return store;
    }

    private Path newFolder() {
        try {
            return Files.createTempDirectory(temporary, "data ?%");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void copy(Path from, Path to) {
        try {
            Files.copy(from, to);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

package dev.cove.store;

import dev.cove.core.CoveException;
import dev.cove.core.Printable;
import dev.cove.core.port.Store.Damaged;
import dev.cove.core.port.Store.Entry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// `state.db` in a data folder, from the day it is made to the moment it is loaded: what cannot be
/// read is moved aside document by document; a file that is broken as a whole is left alone, and
/// the error says how to go back to `state.db.backup`, the copy of the last start.
final class StateFile {
    private static final Logger LOG = LoggerFactory.getLogger(StateFile.class);
    private static final int SCHEMA = 1;
    private static final int APPLICATION = 0x436f7665; // "Cove"
    // Further than any daemon gets between two starts.
    private static final long UNKNOWN_REVISIONS = 1L << 40;

    private final Path folder;
    private final Path file;
    private final Path backup;

    StateFile(Path folder) {
        this.folder = folder.toAbsolutePath();
        file = this.folder.resolve("state.db");
        backup = this.folder.resolve("state.db.backup");
    }

    /// What was in the file, and the connection to it, which the caller closes.
    record Loaded(
            Connection connection,
            NavigableMap<String, Entry> entries,
            NavigableMap<String, Damaged> damaged,
            long revision) {}

    /// Opens the file, or makes it when there is none and never was.
    ///
    /// @throws CoveException UNAVAILABLE when it is damaged as a whole, CONFLICT when a newer Cove
    ///   wrote it
    Loaded open() {
        try {
            if (!Files.exists(file)) {
                create();
            }
            if (Files.size(file) == 0) {
                throw damage("it is empty");
            }
            var connection = Database.connect(file);
            try {
                return load(connection);
            } catch (SQLException | RuntimeException e) {
                connection.close();
                throw e;
            }
        } catch (SQLException e) {
            throw Database.isDamage(e) ? damage(message(e)) : unusable(e);
        } catch (IOException e) {
            throw unusable(e);
        }
    }

    /// Keeps a copy of what was just found to be whole, in the place of the copy before.
    void backUp(Connection connection) throws IOException, SQLException {
        var copy = Files600.fresh(folder.resolve("state.db.backup.new"));
        try {
            try (var statement = connection.prepareStatement("VACUUM INTO ?")) {
                statement.setString(1, copy.toString());
                statement.execute();
            }
            Files600.install(copy, backup);
        } finally {
            Files.deleteIfExists(copy);
        }
    }

    /// Under another name first: a `state.db` without its tables is a damaged one, never a young
    /// one.
    private void create() throws IOException, SQLException {
        if (Files.exists(backup) || Files.exists(folder.resolve("state.db-wal"))) {
            throw damage("it is gone, but other parts of it are there");
        }
        Files.deleteIfExists(folder.resolve("state.db.new-journal"));
        var young = Files600.fresh(folder.resolve("state.db.new"));
        try (var connection = DriverManager.getConnection("jdbc:sqlite:" + young.toUri());
                var statement = connection.createStatement()) {
            statement.execute("BEGIN");
            statement.execute("PRAGMA application_id = " + APPLICATION);
            statement.execute("PRAGMA user_version = " + SCHEMA);
            statement.execute(
                    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL,"
                            + " sum INTEGER NOT NULL) WITHOUT ROWID");
            statement.execute(
                    "CREATE TABLE document (key TEXT PRIMARY KEY, revision INTEGER NOT NULL,"
                            + " sum INTEGER NOT NULL, document BLOB NOT NULL) WITHOUT ROWID");
            statement.execute(
                    "CREATE TABLE damaged (id INTEGER PRIMARY KEY, key TEXT NOT NULL,"
                            + " why TEXT NOT NULL, document BLOB)");
            statement.execute("CREATE TABLE stretch (bytes BLOB)");
            statement.execute(
                    "INSERT INTO meta VALUES ('revision', '0', "
                            + Sum.of("revision", 0, Sum.bytes("0"))
                            + ")");
            statement.execute("COMMIT");
        }
        Files600.install(young, file);
    }

    private Loaded load(Connection connection) throws SQLException {
        if (number(connection, "PRAGMA application_id") != APPLICATION) {
            throw damage("it does not say that it is Cove's");
        }
        var schema = number(connection, "PRAGMA user_version");
        if (schema > SCHEMA) {
            throw CoveException.conflict(
                    file
                            + " was written by a newer Cove (schema "
                            + schema
                            + ", this one knows up to "
                            + SCHEMA
                            + "); start that one");
        }
        check(connection);
        var entries = new TreeMap<String, Entry>();
        var spoilt = readDocuments(connection, entries);
        for (var key : spoilt) {
            moveAside(connection, key);
        }
        var damaged = readDamaged(connection);
        var highest = entries.values().stream().mapToLong(Entry::revision).max().orElse(0);
        return new Loaded(connection, entries, damaged, revision(connection, highest));
    }

    private void check(Connection connection) throws SQLException {
        try (var statement = connection.createStatement();
                var found = statement.executeQuery("PRAGMA quick_check(1)")) {
            if (!found.next()) {
                throw damage("SQLite's check of it says nothing");
            }
            if (!found.getString(1).equals("ok")) {
                throw damage(found.getString(1).lines().findFirst().orElse(""));
            }
        }
    }

    /// @return the keys, byte by byte, of what does not fit its checksum
    private static List<byte[]> readDocuments(Connection connection, Map<String, Entry> entries)
            throws SQLException {
        var spoilt = new ArrayList<byte[]>();
        try (var statement = connection.createStatement();
                var rows =
                        statement.executeQuery(
                                "SELECT CAST(key AS BLOB), revision, sum, document"
                                        + " FROM document")) {
            while (rows.next()) {
                var keyBytes = bytes(rows, 1);
                var key = new String(keyBytes, StandardCharsets.UTF_8);
                var document = bytes(rows, 4);
                var revision = rows.getLong(2);
                if (Sum.of(key, revision, document) == rows.getLong(3)) {
                    var text = new String(document, StandardCharsets.UTF_8);
                    entries.put(key, new Entry(key, text, revision));
                } else {
                    spoilt.add(keyBytes);
                }
            }
        }
        return spoilt;
    }

    private static byte[] bytes(ResultSet rows, int column) throws SQLException {
        var bytes = rows.getBytes(column);
        return bytes == null ? new byte[0] : bytes;
    }

    private void moveAside(Connection connection, byte[] key) throws SQLException {
        var shown = Printable.of(new String(key, StandardCharsets.UTF_8), 200);
        LOG.error("the document {} in {} is damaged; moved aside", shown, file);
        try (var insert =
                        connection.prepareStatement(
                                "INSERT INTO damaged (key, why, document)"
                                        + " SELECT ?, 'its checksum does not fit', document"
                                        + " FROM document WHERE CAST(key AS BLOB) = ?");
                var delete =
                        connection.prepareStatement(
                                "DELETE FROM document WHERE CAST(key AS BLOB) = ?")) {
            insert.setString(1, shown);
            insert.setBytes(2, key);
            insert.executeUpdate();
            delete.setBytes(1, key);
            if (delete.executeUpdate() != 1) {
                throw damage("the document " + shown + " cannot be moved aside");
            }
        }
    }

    private static NavigableMap<String, Damaged> readDamaged(Connection connection)
            throws SQLException {
        var damaged = new TreeMap<String, Damaged>();
        try (var statement = connection.createStatement();
                var rows = statement.executeQuery("SELECT key, why FROM damaged ORDER BY id")) {
            while (rows.next()) {
                var key = String.valueOf(rows.getString(1));
                damaged.put(key, new Damaged(key, String.valueOf(rows.getString(2))));
            }
        }
        return damaged;
    }

    /// The newest revision; where its record is damaged, one that surely comes after it.
    private static long revision(Connection connection, long highest) throws SQLException {
        try (var statement = connection.createStatement();
                var rows =
                        statement.executeQuery(
                                "SELECT value, sum FROM meta WHERE key = 'revision'")) {
            if (rows.next()) {
                var value = String.valueOf(rows.getString(1));
                if (Sum.of("revision", 0, Sum.bytes(value)) == rows.getLong(2)) {
                    return Math.max(highest, Long.parseLong(value));
                }
            }
        }
        LOG.error("the newest revision is damaged; going on far above {}", highest);
        return highest + UNKNOWN_REVISIONS;
    }

    private static long number(Connection connection, String pragma) throws SQLException {
        try (var statement = connection.createStatement();
                var rows = statement.executeQuery(pragma)) {
            return rows.next() ? rows.getLong(1) : 0;
        }
    }

    private CoveException damage(String why) {
        var aside = "cd '" + folder + "' && d=$(mktemp -d damaged-XXXXXX) && mv state.db* $d/";
        var remedy =
                Files.exists(backup)
                        ? "go back to the copy of the last start with: "
                                + aside
                                + " && cp -p $d/state.db.backup state.db"
                        : "there is no copy; start empty with: " + aside;
        return CoveException.unavailable(
                file + " is damaged (" + Printable.of(why, 200) + "); " + remedy);
    }

    private CoveException unusable(Exception e) {
        return CoveException.unavailable(
                file + " cannot be opened: " + message(e) + "; check the disk and its free space",
                e);
    }

    private static String message(Exception e) {
        return Printable.of(String.valueOf(e.getMessage()), 200);
    }
}

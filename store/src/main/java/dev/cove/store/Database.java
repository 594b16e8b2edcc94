package dev.cove.store;

import dev.cove.core.CoveException;
import dev.cove.core.port.Store.Write;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Collection;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/// The SQLite file: one connection, used by one thread at a time. In WAL mode with
/// `synchronous=FULL` a COMMIT is one fsync (sqlite.org/pragma.html#pragma_synchronous); in
/// exclusive mode there is no shared memory file (sqlite.org/wal.html, 8).
final class Database implements AutoCloseable {
    private static final int STRETCH = 1 << 19;

    private final Connection connection;
    private final PreparedStatement put;
    private final PreparedStatement delete;
    private final PreparedStatement forget;
    private final PreparedStatement advance;

    private Database(Connection connection) throws SQLException {
        this.connection = connection;
        put =
                connection.prepareStatement(
                        """
                        INSERT INTO document (key, revision, sum, document) VALUES (?, ?, ?, ?)
                        ON CONFLICT (key) DO UPDATE SET revision = excluded.revision,
                        sum = excluded.sum, document = excluded.document\
                        """);
        delete = connection.prepareStatement("DELETE FROM document WHERE key = ?");
        forget = connection.prepareStatement("DELETE FROM damaged WHERE key = ?");
        advance =
                connection.prepareStatement(
                        "UPDATE meta SET value = ?, sum = ? WHERE key = 'revision'");
    }

    static Connection connect(Path file) throws SQLException {
        var config = new SQLiteConfig();
        config.setBusyTimeout(200);
        var connection = config.createConnection("jdbc:sqlite:" + file.toUri());
        try (var statement = connection.createStatement()) {
            statement.execute("PRAGMA locking_mode = EXCLUSIVE");
            statement.execute("PRAGMA trusted_schema = OFF");
            statement.execute("PRAGMA cell_size_check = ON");
            statement.execute("PRAGMA journal_mode = WAL");
            statement.execute("PRAGMA synchronous = FULL");
            statement.execute("PRAGMA wal_autocheckpoint = 250");
            return connection;
        } catch (SQLException e) {
            connection.close();
            throw e;
        }
    }

    /// @param connection is closed with it, and when it is of no use
    static Database over(Connection connection) throws SQLException {
        try {
            return new Database(connection);
        } catch (SQLException e) {
            connection.close();
            throw e;
        }
    }

    /// Writes all or nothing, and returns when it is on the disk.
    ///
    /// @param damaged keys of writes that stand in the table of damaged documents too
    void apply(long revision, Collection<Numbered> writes, Collection<String> damaged)
            throws SQLException {
        run("BEGIN IMMEDIATE");
        try {
            for (var write : writes) {
                apply(write);
            }
            for (var key : damaged) {
                forget.setString(1, key);
                forget.executeUpdate();
            }
            advance.setString(1, Long.toString(revision));
            advance.setLong(2, Sum.of("revision", 0, Sum.bytes(Long.toString(revision))));
            advance.executeUpdate();
            run("COMMIT");
        } catch (SQLException e) {
            rollBack(e);
            throw e;
        }
    }

    /// A write and the revision that it happens in.
    record Numbered(Write write, long revision) {}

    private void apply(Numbered numbered) throws SQLException {
        switch (numbered.write()) {
            case Write.Put(var key, var document) -> {
                var bytes = Sum.bytes(document);
                put.setString(1, key);
                put.setLong(2, numbered.revision());
                put.setLong(3, Sum.of(key, numbered.revision(), bytes));
                put.setBytes(4, bytes);
                put.executeUpdate();
            }
            case Write.Delete(var key) -> {
                delete.setString(1, key);
                delete.executeUpdate();
            }
        }
    }

    /// Grows the log and the list of free pages, so that later small writes need no new blocks of
    /// the disk: both keep their size until the daemon ends.
    void stretch() throws SQLException {
        run("BEGIN IMMEDIATE");
        try {
            run("INSERT INTO stretch VALUES (zeroblob(" + STRETCH + "))");
            run("DELETE FROM stretch");
            run("COMMIT");
        } catch (SQLException e) {
            rollBack(e);
            throw e;
        }
        reuseLog();
    }

    /// Moves what the log holds into the file, so that the log is written from its start again.
    void reuseLog() throws SQLException {
        run("PRAGMA wal_checkpoint(RESTART)");
    }

    private void rollBack(SQLException failure) {
        try {
            run("ROLLBACK");
        } catch (SQLException e) {
            // SQLite rolls back by itself on most failures of the disk, and then says this.
            if (!String.valueOf(e.getMessage()).contains("no transaction is active")) {
                failure.addSuppressed(e);
            }
        }
    }

    private void run(String sql) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    static boolean isFull(SQLException failure) {
        return is(failure, SQLiteErrorCode.SQLITE_FULL);
    }

    static boolean isDamage(SQLException failure) {
        return is(failure, SQLiteErrorCode.SQLITE_CORRUPT)
                // Our own statements are right: where a column is missing, the schema is spoilt.
                || is(failure, SQLiteErrorCode.SQLITE_ERROR)
                || is(failure, SQLiteErrorCode.SQLITE_NOTADB);
    }

    /// Whether it is this error or one of its finer kinds (the low byte is the error proper).
    private static boolean is(SQLException failure, SQLiteErrorCode code) {
        return failure instanceof SQLiteException e && (e.getResultCode().code & 0xff) == code.code;
    }

    @Override
    public void close() {
        try {
            connection.close();
        } catch (SQLException e) {
            throw CoveException.internal("the state's database cannot be closed", e);
        }
    }
}

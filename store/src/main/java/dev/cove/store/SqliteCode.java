package dev.cove.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteJDBCLoader;

/// SQLite's machine code, which its driver unpacks into a file in order to load it. On its own the
/// driver leaves a megabyte among the temporary files each time that the daemon is killed; here the
/// file goes as soon as it is loaded.
final class SqliteCode {
    private static final Logger LOG = LoggerFactory.getLogger(SqliteCode.class);
    private static final String PLACE = "org.sqlite.tmpdir";
    private static boolean loaded; // guarded by the class

    private SqliteCode() {}

    /// Loads it, once for this process. Where that fails, the driver tries in its own way.
    static synchronized void load() {
        if (loaded || System.getProperty(PLACE) != null) {
            return;
        }
        try {
            var folder = Files.createTempDirectory("cove-sqlite");
            try {
                System.setProperty(PLACE, folder.toString());
                loaded = SQLiteJDBCLoader.initialize();
            } finally {
                System.clearProperty(PLACE);
                delete(folder);
            }
        } catch (Exception e) {
            LOG.info("SQLite is loaded in its driver's own way: {}", e.getMessage());
        }
    }

    private static void delete(Path folder) throws IOException {
        try (var files = Files.newDirectoryStream(folder)) {
            for (var file : files) {
                Files.delete(file);
            }
        }
        Files.delete(folder);
    }
}

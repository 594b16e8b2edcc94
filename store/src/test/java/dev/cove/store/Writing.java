package dev.cove.store;

import dev.cove.core.port.Store.Outcome;
import dev.cove.core.port.Store.Write;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/// A process that commits until it is killed, and prints the key of everything that was
/// acknowledged. Arguments: data folder, name of this life, number of writers.
final class Writing {
    private Writing() {}

    public static void main(String[] arguments) {
        var store = SqliteStore.open(Path.of(arguments[0]));
        var out = new PrintStream(System.out, true, StandardCharsets.US_ASCII);
        for (var i = 0; i < Integer.parseInt(arguments[2]); i++) {
            var prefix = arguments[1] + "/" + i + "/";
            Thread.ofPlatform().start(() -> write(store, prefix, out));
        }
    }

    private static void write(SqliteStore store, String prefix, PrintStream out) {
        for (var n = 0; ; n++) {
            var key = prefix + n;
            var writes =
                    List.<Write>of(
                            new Write.Put(key, "{\"n\":" + n + "}"),
                            new Write.Put(key + "/twin", "x".repeat(n % 5000)));
            if (store.commit(List.of(), writes) instanceof Outcome.Committed) {
                out.println(key);
            }
        }
    }
}

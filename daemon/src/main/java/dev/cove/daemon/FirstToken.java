package dev.cove.daemon;

import dev.cove.core.Caller;
import dev.cove.core.CoveException;
import dev.cove.core.Name;
import dev.cove.core.Owner;
import dev.cove.core.control.Tokens;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/// The token that a new data folder starts with, so that somebody can call over TCP at all.
final class FirstToken {
    private static final Caller ROOT = new Caller(new Owner("root"), true);

    private FirstToken() {}

    /// Makes an administrator's token called `first` and writes it to a file of mode 0600, unless
    /// there are tokens already.
    static void issue(Tokens tokens, Path file) {
        if (!tokens.list(ROOT).isEmpty()) {
            return;
        }
        try {
            // A file without its token is what a crash in between leaves.
            Files.deleteIfExists(file);
            var mine =
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rw-------"));
            var anew = Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            try (var channel = FileChannel.open(file, anew, mine);
                    var out = Channels.newOutputStream(channel)) {
                var secret = tokens.create(ROOT, new Name("first"), ROOT.owner(), true).secret();
                out.write((secret + "\n").getBytes(StandardCharsets.US_ASCII));
                channel.force(true);
            }
        } catch (IOException e) {
            throw CoveException.unavailable(
                    "the first token cannot be written to " + file + ": " + e, e);
        }
    }
}

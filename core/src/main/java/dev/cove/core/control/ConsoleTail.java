package dev.cove.core.control;

import dev.cove.core.Printable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/// The last lines of a guest's console, fit to stand in a message.
final class ConsoleTail {
    private static final int BYTES = 2048;
    private static final int LINES = 5;

    /// What a driver writes itself, before the guest says anything.
    private static final String BEGINNING = "--- launch \\d+ ---";

    private ConsoleTail() {}

    static Optional<String> of(Path log) {
        if (!Files.isReadable(log)) {
            return Optional.empty();
        }
        try (var file = FileChannel.open(log, StandardOpenOption.READ)) {
            var buffer = ByteBuffer.allocate(BYTES);
            file.read(buffer, Math.max(0, file.size() - BYTES));
            var text = new String(buffer.array(), 0, buffer.position(), StandardCharsets.UTF_8);
            var lines =
                    text.lines()
                            .map(String::strip)
                            .filter(line -> !line.isEmpty() && !line.matches(BEGINNING))
                            .toList();
            var last = lines.subList(Math.max(0, lines.size() - LINES), lines.size());
            return last.isEmpty()
                    ? Optional.empty()
                    : Optional.of(Printable.of(String.join(" | ", last), 600));
        } catch (IOException e) {
            return Optional.of(
                    "(" + log.getFileName() + " cannot be read: " + e.getMessage() + ")");
        }
    }
}

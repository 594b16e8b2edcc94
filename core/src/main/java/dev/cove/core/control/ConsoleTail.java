package dev.cove.core.control;

import dev.cove.core.Printable;
import dev.cove.core.port.Vmm.Launch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.regex.Pattern;

/// The last lines of a guest's console, fit to stand in a message.
final class ConsoleTail {
    private static final int BYTES = 2048;
    private static final int LINES = 5;

    /// What asks a terminal for something, colours it or moves about in it (ECMA-48).
    private static final Pattern SEQUENCE =
            Pattern.compile(
                    "\u001b(\\[[0-?]*[ -/]*[@-~]|[PX\\]^_][^\u0007\u001b]*(\u0007|\u001b\\\\)?|[ -/]*[0-~])");

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
                            .map(line -> SEQUENCE.matcher(line).replaceAll("").strip())
                            .filter(line -> !line.isEmpty() && !Launch.isHeading(line))
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

package dev.cove.vmm.qemu;

import dev.cove.core.Accelerator;
import dev.cove.platform.LinuxProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// What is on disk of a process: first the intention, then which process came of it. A later daemon
/// adopts by it.
///
/// @param fit what it can be resumed on when it is saved; a record of an earlier version has none
/// @param origin a record of an earlier version has none, and was booted
/// @param arriving whether what the machine was is still on its way into the process, or has not
///   been found to be what was saved
/// @param memory what it was resumed with, if that had a file of its own; a record of an earlier
///   version has none
/// @param process absent until it has started
record MachineRecord(
        String id,
        int launch,
        Accelerator accelerator,
        int user,
        String fit,
        Origin origin,
        boolean arriving,
        @Nullable BackingFile memory,
        @Nullable LinuxProcess process) {
    // A record of an earlier version lacks what is new.
    private static final JsonMapper JSON =
            JsonMapper.builder()
                    .disable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
                    .build();

    MachineRecord startedAs(LinuxProcess started) {
        return new MachineRecord(
                id, launch, accelerator, user, fit, origin, arriving, memory, started);
    }

    MachineRecord arrived() {
        return new MachineRecord(
                id, launch, accelerator, user, fit, origin, false, memory, process);
    }

    /// Writes it so that a crash of this process leaves the earlier one or this one, whole. A crash
    /// of the host takes the process along, so nothing waits for the disk here.
    void write(Path file) {
        var fresh = file.resolveSibling(file.getFileName() + ".new");
        try {
            Files.deleteIfExists(fresh);
            try (var channel =
                    FileChannel.open(
                            fresh,
                            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                            PosixFilePermissions.asFileAttribute(
                                    PosixFilePermissions.fromString("rw-------")))) {
                channel.write(StandardCharsets.UTF_8.encode(JSON.writeValueAsString(this)));
            }
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + file, e);
        }
    }

    /// @return empty when there is none, or none that can be read: the process is then known by its
    ///   command line alone
    static Optional<MachineRecord> read(Path file) {
        try {
            var said = JSON.readTree(Files.readString(file));
            if (said instanceof ObjectNode fields && !fields.has("origin")) {
                fields.put("origin", Origin.BOOT.name()).put("fit", "");
            }
            return Optional.ofNullable(JSON.treeToValue(said, MachineRecord.class));
        } catch (IOException | JacksonException e) {
            return Optional.empty();
        }
    }
}

package dev.cove.store;

import dev.cove.core.CoveException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// One daemon at a time in a data folder: a kernel lock on `state.lock`, which holds the pid of its
/// owner and goes with it, however it ends.
final class FolderLock implements AutoCloseable {
    // The kernel's lock is the process's: a second channel's close in this process would drop it.
    private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

    private final Path folder;
    private final FileChannel channel;

    private FolderLock(Path folder, FileChannel channel) {
        this.folder = folder;
        this.channel = channel;
    }

    /// @throws CoveException CONFLICT when another process has the folder, UNAVAILABLE when it is
    ///   no folder, or read-only, or full
    static FolderLock take(Path folder) {
        try {
            var real = folder.toRealPath();
            if (!HELD.add(real)) {
                throw taken(folder, Long.toString(ProcessHandle.current().pid()));
            }
            try {
                return new FolderLock(real, locked(real));
            } catch (IOException | RuntimeException e) {
                HELD.remove(real);
                throw e;
            }
        } catch (IOException e) {
            throw CoveException.unavailable(why(folder, e), e);
        }
    }

    private static FileChannel locked(Path folder) throws IOException {
        var file = folder.resolve("state.lock");
        var channel =
                FileChannel.open(
                        file,
                        Set.of(
                                StandardOpenOption.CREATE,
                                StandardOpenOption.READ,
                                StandardOpenOption.WRITE),
                        Files600.ATTRIBUTE);
        try {
            if (channel.tryLock() == null) {
                throw taken(folder, Files.readString(file).strip());
            }
            // No truncation: on a full disk the block that is there can still be written.
            var pid = "%-20d\n".formatted(ProcessHandle.current().pid());
            channel.write(ByteBuffer.wrap(pid.getBytes(StandardCharsets.US_ASCII)), 0);
            return channel;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private static CoveException taken(Path folder, String pid) {
        return CoveException.conflict(
                "another cove daemon, pid "
                        + pid
                        + ", has the data folder "
                        + folder
                        + "; stop it, or choose another folder with --data");
    }

    private static String why(Path folder, IOException failure) {
        if (!Files.isDirectory(folder)) {
            return "the data folder " + folder + " is not there; create it";
        }
        if (failure instanceof AccessDeniedException) {
            return "the data folder " + folder + " may not be written by this user; run as root";
        }
        var reason = failure instanceof FileSystemException f ? f.getReason() : null;
        return "the data folder "
                + folder
                + " cannot be used: "
                + (reason == null ? failure.getMessage() : reason)
                + "; it has to be writable and to have some room";
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw CoveException.internal("the lock of " + folder + " cannot be given back", e);
        } finally {
            HELD.remove(folder);
        }
    }
}

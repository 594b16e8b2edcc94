package dev.cove.vmm.qemu;

import dev.cove.core.Bytes;
import dev.cove.core.CoveException;
import dev.cove.platform.Memfd;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;

/// The memory of snapshots, kept ready for forks: sealed, so that no VMM that has it can change it
/// for the others, and shared by all of them until they write. What was used least goes when it is
/// too much; forks that run keep what they have.
final class Memories {
    private final Bytes budget;
    private final Map<Key, Kept> kept = new LinkedHashMap<>(16, 0.75f, true); // guarded by this
    private final Map<Key, FutureTask<Kept>> loading = new ConcurrentHashMap<>();

    /// @param budget how much may be kept; the one that was used last stays in any case
    Memories(Bytes budget) {
        this.budget = budget;
    }

    /// A file by what it is, since it is moved to its place when it is whole.
    record Key(Object file, long checksum) {
        static Key of(Path file, long checksum) throws IOException {
            return new Key(identity(file), checksum);
        }

        private static Object identity(Path file) throws IOException {
            return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
        }
    }

    private record Kept(Memfd memory, Set<Path> paths) {}

    /// The memory that is in a file, read if it is not here yet.
    ///
    /// @param checksum that it has to have (CRC-32C)
    /// @return for the caller to close
    /// @throws CoveException UNAVAILABLE when the file is damaged or cannot be read
    Memfd open(Path file, long checksum) throws InterruptedException {
        try {
            var key = Key.of(file, checksum);
            while (true) {
                var here = find(key, file);
                if (here != null) {
                    return here;
                }
                await(file, loading.computeIfAbsent(key, k -> load(k, file)));
            }
        } catch (IOException e) {
            throw CoveException.unavailable("%s cannot be read: %s".formatted(file, e), e);
        }
    }

    /// Takes memory that is sealed.
    ///
    /// @param file that it was written to, then at `path`
    void keep(Key file, Path path, Memfd memory) {
        keep(file, new Kept(memory, paths(path)));
    }

    /// Lets go of a file's memory, best before the file is deleted.
    synchronized void forget(Path file) throws IOException {
        var identity = Files.exists(file) ? Key.identity(file) : null;
        kept.entrySet()
                .removeIf(entry -> {
                    var goes =
                            entry.getKey().file().equals(identity)
                                    || entry.getValue().paths().contains(file);
                    if (goes) {
                        entry.getValue().memory().close();
                    }
                    return goes;
                });
    }

    /// What is kept takes now. It grows when a fork is saved: QEMU looks at all of its memory then,
    /// and where a hole is looked at, the kernel puts a page of zeros.
    synchronized Bytes used() {
        return new Bytes(kept.values().stream().mapToLong(k -> k.memory().taken()).sum());
    }

    private synchronized @Nullable Memfd find(Key key, Path file) {
        var found = kept.get(key);
        if (found == null) {
            return null;
        }
        found.paths().add(file);
        return Memfd.open(found.memory().path());
    }

    private FutureTask<Kept> load(Key key, Path file) {
        var task = new FutureTask<>(() -> read(key, file));
        // A thread of its own: whoever waits may be interrupted without harm to the others.
        Thread.ofVirtual().name("load " + file).start(task);
        return task;
    }

    private Kept read(Key key, Path file) throws IOException {
        try {
            var memory = Memfd.create("cove snapshot", Files.size(file));
            try (var out = FileChannel.open(memory.path(), StandardOpenOption.WRITE)) {
                var content = MemoryFile.copy(file, out, file);
                if (content.checksum() != key.checksum()) {
                    throw Damage.of(file, content.checksum(), key.checksum());
                }
                if (!memory.seal()) {
                    throw new IOException("its memory cannot be sealed");
                }
                var read = new Kept(memory, paths(file));
                keep(key, read);
                return read;
            } catch (IOException | RuntimeException e) {
                memory.close();
                throw e;
            }
        } finally {
            loading.remove(key);
        }
    }

    private static Set<Path> paths(Path first) {
        var paths = new HashSet<Path>();
        paths.add(first);
        return paths;
    }

    private synchronized void keep(Key key, Kept fresh) {
        var before = kept.put(key, fresh);
        if (before != null) {
            before.memory().close();
        }
        var oldest = kept.entrySet().iterator();
        while (kept.size() > 1 && used().compareTo(budget) > 0) {
            oldest.next().getValue().memory().close();
            oldest.remove();
        }
    }

    private static void await(Path file, FutureTask<Kept> task)
            throws IOException, InterruptedException {
        try {
            task.get();
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case CoveException known -> throw known;
                case IOException unread -> throw unread;
                case null, default ->
                        throw CoveException.internal("the memory in " + file + " was not read", e);
            }
        }
    }
}

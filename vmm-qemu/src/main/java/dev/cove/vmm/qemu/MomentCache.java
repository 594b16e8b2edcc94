package dev.cove.vmm.qemu;

import dev.cove.core.Bytes;
import dev.cove.core.CoveException;
import dev.cove.platform.Memfd;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;

/// The memory of snapshots, kept ready for forks: sealed, so that no VMM that has it can change it
/// for the others, and shared by all of them until they write. What was used least goes when it is
/// too much; forks that run keep what they have.
final class MomentCache {
    private final Bytes budget;
    private final Map<Key, Kept> kept = new LinkedHashMap<>(16, 0.75f, true); // guarded by this
    private final Map<Key, FutureTask<Kept>> loading = new ConcurrentHashMap<>();

    /// @param budget how much may be kept; the one that was used last stays in any case
    MomentCache(Bytes budget) {
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

    /// @param shared empty when nothing of the file can be, which nobody has to find out again
    private record Kept(Optional<SealedMoment> shared, Set<Path> paths) {
        long taken() {
            return shared.map(SealedMoment::taken).orElse(0L);
        }

        void close() {
            shared.ifPresent(SealedMoment::close);
        }
    }

    /// What machines that go on from a file share of it, read if it is not here yet.
    ///
    /// @param checksum that the file has to have (CRC-32C)
    /// @return for the caller to close; empty when the source finds nothing to share
    /// @throws CoveException UNAVAILABLE when the file is damaged or cannot be read
    Optional<SealedMoment> open(Path file, long checksum, SealedMoment.Source source)
            throws InterruptedException {
        try {
            var key = Key.of(file, checksum);
            while (true) {
                var here = find(key, file);
                if (here != null) {
                    return here.shared();
                }
                await(file, loading(key, file, source));
            }
        } catch (IOException e) {
            throw CoveException.unavailable("%s cannot be read: %s".formatted(file, e), e);
        }
    }

    /// Takes memory that is sealed.
    ///
    /// @param file that it was written to, then at `path`
    void keep(Key file, Path path, Memfd memory) {
        keep(file, new Kept(Optional.of(new SealedMoment(memory, Optional.empty())), paths(path)));
    }

    /// Lets go of a file's memory, best before the file is deleted: then also of what is being read
    /// of it. Not while the file has other names.
    synchronized void forget(Path file) throws IOException {
        var identity = Files.exists(file) ? Key.identity(file) : null;
        var linked = identity != null && (int) Files.getAttribute(file, "unix:nlink") > 1;
        loading.keySet().removeIf(key -> !linked && key.file().equals(identity));
        kept.entrySet()
                .removeIf(entry -> {
                    var isIt = entry.getKey().file().equals(identity);
                    var paths = entry.getValue().paths();
                    var known = paths.remove(file);
                    var goes = isIt ? !linked : known && paths.stream().noneMatch(Files::exists);
                    if (goes) {
                        entry.getValue().close();
                    }
                    return goes;
                });
    }

    /// What is kept takes now. It grows when a fork is saved: QEMU looks at all of its memory then,
    /// and where a hole is looked at, the kernel puts a page of zeros.
    synchronized Bytes used() {
        return new Bytes(kept.values().stream().mapToLong(Kept::taken).sum());
    }

    private synchronized @Nullable Kept find(Key key, Path file) {
        var found = kept.get(key);
        if (found == null) {
            return null;
        }
        found.paths().add(file);
        return new Kept(found.shared().map(SealedMoment::again), found.paths());
    }

    /// What reads it by now.
    private FutureTask<Kept> loading(Key key, Path file, SealedMoment.Source source) {
        var fresh = new FutureTask<>(() -> read(key, file, source));
        var earlier = loading.putIfAbsent(key, fresh);
        if (earlier != null) {
            return earlier;
        }
        // A thread of its own: whoever waits may be interrupted without harm to the others.
        Thread.ofVirtual().name("load " + file).start(fresh);
        return fresh;
    }

    private Kept read(Key key, Path file, SealedMoment.Source source) throws IOException {
        try {
            var read = new Kept(source.read(file, key.checksum()), paths(file));
            keepUnlessForgotten(key, read);
            return read;
        } finally {
            loading.remove(key);
        }
    }

    private synchronized void keepUnlessForgotten(Key key, Kept read) {
        if (loading.remove(key) == null) {
            read.close();
            throw CoveException.unavailable("the snapshot was deleted while it was read");
        }
        keep(key, read);
    }

    private static Set<Path> paths(Path first) {
        var paths = new HashSet<Path>();
        paths.add(first);
        return paths;
    }

    private synchronized void keep(Key key, Kept fresh) {
        var before = kept.put(key, fresh);
        if (before != null) {
            before.close();
        }
        var oldest = kept.entrySet().iterator();
        while (kept.size() > 1 && used().compareTo(budget) > 0) {
            oldest.next().getValue().close();
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

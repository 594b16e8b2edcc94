package dev.cove.vmm.qemu;

import dev.cove.core.CoveException;
import dev.cove.platform.Memfd;
import dev.cove.vmm.qemu.MemoryFile.Content;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The memory of a machine that was launched to be a template.
///
/// Its VMM may write to it for as long as it lives. So what forks are to share is sealed after that
/// and looked at once more: only what is still what was saved is kept for them.
final class TemplateMemory implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TemplateMemory.class);

    private final Memfd memory;
    private final MomentCache moments;
    private final AtomicBoolean given = new AtomicBoolean();
    private volatile @Nullable Saved saved;

    /// @param file in which it was saved, wherever that is moved
    private record Saved(Path path, MomentCache.Key file, Content content) {}

    TemplateMemory(Memfd memory, MomentCache moments) {
        this.memory = memory;
        this.moments = moments;
    }

    /// Where a process that is to use it can be given it.
    Path path() {
        return memory.path();
    }

    /// Writes it into a file of its own, which is not there yet.
    Content save(Path file) throws IOException {
        try (var out = Receiving.create(file);
                var length = new RandomAccessFile(file.toFile(), "rw")) {
            length.setLength(Files.size(memory.path()));
            var content = MemoryFile.copy(memory.path(), out, file);
            if (given.get()) {
                throw CoveException.unavailable("the machine was ended while it was saved");
            }
            saved = new Saved(file, MomentCache.Key.of(file, content.checksum()), content);
            return content;
        }
    }

    /// Gives it to the forks, if it has been saved; its process has gone.
    void handOver() {
        var last = saved;
        if (last == null || !given.compareAndSet(false, true)) {
            return;
        }
        try {
            if (memory.seal() && MemoryFile.look(memory.path()).equals(last.content())) {
                moments.keep(last.file(), last.path(), memory);
                return;
            }
            LOG.info("what {} was saved from has changed; forks will read the file", last.path());
        } catch (IOException e) {
            LOG.warn("what {} was saved from is not kept ready", last.path(), e);
        }
        memory.close();
    }

    @Override
    public void close() {
        if (given.compareAndSet(false, true)) {
            memory.close();
        }
    }
}

package dev.cove.vmm.qemu;

import dev.cove.platform.Memfd;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/// What all machines that go on from one moment have in common: sealed, so that none of them can
/// change it for the others.
///
/// @param memory the guest's
/// @param rest what else the machine was, where the snapshot does not have that in a file of its
///   own
record SealedMoment(Memfd memory, Optional<Rest> rest) implements AutoCloseable {
    /// @param checksum CRC-32C
    record Rest(Memfd state, long checksum) {
        private Rest again() {
            return new Rest(Memfd.open(state.path()), checksum);
        }
    }

    /// How it comes out of a snapshot's file.
    interface Source {
        /// @param checksum that the file has to have (CRC-32C)
        /// @return empty when the file is as it was, and yet nothing of it can be shared
        /// @throws dev.cove.core.CoveException UNAVAILABLE when the file is damaged
        Optional<SealedMoment> read(Path file, long checksum) throws IOException;
    }

    /// Reads a memory file.
    static Optional<SealedMoment> ofMemory(Path file, long checksum) throws IOException {
        var memory = Memfd.create("cove snapshot", Files.size(file));
        try (var out = FileChannel.open(memory.path(), StandardOpenOption.WRITE)) {
            var content = MemoryFile.copy(file, out, file);
            if (content.checksum() != checksum) {
                throw Damage.of(file, content.checksum(), checksum);
            }
            if (!memory.seal()) {
                throw new IOException("its memory cannot be sealed");
            }
            return Optional.of(new SealedMoment(memory, Optional.empty()));
        } catch (IOException | RuntimeException e) {
            memory.close();
            throw e;
        }
    }

    /// The same once more, for somebody else to close.
    SealedMoment again() {
        var other = Memfd.open(memory.path());
        try {
            return new SealedMoment(other, rest.map(Rest::again));
        } catch (RuntimeException e) {
            other.close();
            throw e;
        }
    }

    /// How much memory it takes, in bytes.
    long taken() {
        return memory.taken() + rest.map(r -> r.state().taken()).orElse(0L);
    }

    @Override
    public void close() {
        memory.close();
        rest.ifPresent(r -> r.state().close());
    }
}

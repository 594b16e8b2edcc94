package dev.cove.vmm.qemu;

import static dev.cove.vmm.qemu.BackingPages.SIZE;

import dev.cove.core.Bytes;
import dev.cove.platform.Closer;
import dev.cove.platform.Memfd;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.BitSet;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Parts what QEMU has saved of a machine into its guest's memory and the rest. The rest is a state
/// as QEMU saves them, too: that of a machine to whose memory nothing has to be done.
///
/// A state that is not understood is left whole. QEMU cannot change what is known of its stream
/// without losing its way back to what it has saved before.
final class Parting implements WireParser.Pages {
    private static final Logger LOG = LoggerFactory.getLogger(Parting.class);

    /// The state of devices and what firmware there is; half a mebibyte as a rule.
    private static final long MOST_REST = 64 << 20;

    private final Window in;
    private final FileChannel memory;
    private final FileChannel rest;
    private final CRC32C checksum = new CRC32C();
    private final BitSet filled = new BitSet();
    private long kept;

    private Parting(Tape in, FileChannel memory, FileChannel rest) {
        this.in = new Window(in, this::keep);
        this.memory = memory;
        this.rest = rest;
    }

    /// Something that is not as we know it.
    private static final class Unknown extends IOException {
        private static final long serialVersionUID = 1L;

        Unknown(String what) {
            super(what);
        }
    }

    /// @param state a file that holds all that the machine was
    /// @param expected its checksum (CRC-32C)
    /// @param size of the guest's memory
    /// @return for the caller to close; empty when it cannot be parted, for a reason that is logged
    /// @throws dev.cove.core.CoveException UNAVAILABLE when the file is damaged
    static Optional<SealedMoment> of(Path state, long expected, Bytes size) throws IOException {
        try (var undo = new Closer();
                var in = new Tape(state)) {
            var memory = undo.own(Memfd.create("cove moment", size.count()));
            var rest = undo.own(Memfd.create("cove state", 0));
            var outcome = part(in, memory, rest, size);
            var found = in.checksum();
            if (found != expected) {
                throw Damage.of(state, found, expected);
            }
            return switch (outcome) {
                case Whole(var why) -> {
                    LOG.warn("{} is not shared, each VM loads it for itself: {}", state, why);
                    yield Optional.empty();
                }
                case Parted(var checksum) -> {
                    undo.release();
                    yield Optional.of(
                            new SealedMoment(
                                    memory, Optional.of(new SealedMoment.Rest(rest, checksum))));
                }
            };
        }
    }

    private sealed interface Outcome {}

    /// @param checksum of the rest
    private record Parted(long checksum) implements Outcome {}

    private record Whole(String why) implements Outcome {}

    private static Outcome part(Tape in, Memfd memory, Memfd rest, Bytes size) throws IOException {
        long checksum;
        try (var pages = FileChannel.open(memory.path(), StandardOpenOption.WRITE);
                var others = FileChannel.open(rest.path(), StandardOpenOption.WRITE)) {
            checksum = new Parting(in, pages, others).part(size);
        } catch (Unknown e) {
            return new Whole(String.valueOf(e.getMessage()));
        }
        return memory.seal() && rest.seal()
                ? new Parted(checksum)
                : new Whole("somebody has mapped it for writing");
    }

    private long part(Bytes size) throws IOException {
        if (!new WireParser(in, size.count(), this).pass()) {
            throw new Unknown("it is not understood from byte %d on".formatted(in.passed()));
        }
        in.keepRest();
        return checksum.getValue();
    }

    @Override
    public boolean take(int page, boolean named, int at, int length) throws IOException {
        if (length == SIZE) {
            filled.set(page);
            write(memory, in.bytes(at, SIZE), (long) page * SIZE);
        } else if (filled.get(page)) {
            // It was sent before it was cleared.
            write(memory, ByteBuffer.allocate(SIZE), (long) page * SIZE);
        }
        return false;
    }

    private void keep(ByteBuffer bytes) throws IOException {
        if (kept + bytes.remaining() > MOST_REST) {
            throw new Unknown("more than %d bytes besides the memory".formatted(MOST_REST));
        }
        checksum.update(bytes.duplicate());
        var at = kept;
        kept += bytes.remaining();
        write(rest, bytes, at);
    }

    private static void write(FileChannel out, ByteBuffer bytes, long at) throws IOException {
        var start = bytes.position();
        while (bytes.hasRemaining()) {
            out.write(bytes, at + bytes.position() - start);
        }
    }
}

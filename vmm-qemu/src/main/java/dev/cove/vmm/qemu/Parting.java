package dev.cove.vmm.qemu;

import dev.cove.core.Bytes;
import dev.cove.core.Printable;
import dev.cove.platform.Closer;
import dev.cove.platform.Memfd;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
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
/// It knows no more of QEMU's stream than it needs ([Wire]). QEMU cannot change that without losing
/// its way back to what it has saved before. What is unknown here nobody guesses at: such a state
/// is left whole.
///
/// | section | goes to |
/// |---|---|
/// | configuration, commands | the rest |
/// | start, parts and end of `ram` | the memory, as far as they are its pages; else the rest |
/// | the first one of a device, and all that follows | the rest |
final class Parting {
    private static final Logger LOG = LoggerFactory.getLogger(Parting.class);

    /// A record of memory begins with where its page is, in whose lowest bits is said what it is.
    private static final int BITS = SharedPages.SIZE - 1;

    private static final int MOST_CONFIGURATION = 4096;

    /// The state of devices and what firmware there is; half a mebibyte as a rule.
    private static final long MOST_REST = 64 << 20;

    private final Tape in;
    private final long size;
    private final FileChannel memory;
    private final FileChannel rest;
    private final CRC32C checksum = new CRC32C();
    private final ByteBuffer number = ByteBuffer.allocate(Long.BYTES);
    private final BitSet filled = new BitSet();
    private long kept;
    private int section;
    private String mine = "";
    private String block = "";

    private Parting(Tape in, long size, FileChannel memory, FileChannel rest) {
        this.in = in;
        this.size = size;
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
            var parting = new Parting(in, size.count(), pages, others);
            parting.run();
            checksum = parting.checksum.getValue();
        } catch (Unknown | EOFException e) {
            return new Whole(String.valueOf(e.getMessage()));
        }
        return memory.seal() && rest.seal()
                ? new Parted(checksum)
                : new Whole("somebody has mapped it for writing");
    }

    private void run() throws IOException {
        if (integer() != Wire.MAGIC || integer() != Wire.VERSION) {
            throw new Unknown("it is no state of QEMU's");
        }
        while (true) {
            var kind = octet();
            switch (kind) {
                case Wire.CONFIGURATION -> configuration();
                case Wire.COMMAND -> command();
                case Wire.START -> start();
                case Wire.PART -> more();
                case Wire.END -> {
                    more();
                    devices();
                    return;
                }
                default -> throw new Unknown("a section of the kind " + kind);
            }
        }
    }

    private void configuration() throws IOException {
        var length = integer();
        if (length < 0 || length > MOST_CONFIGURATION) {
            throw new Unknown("a configuration of " + length + " bytes");
        }
        keep(in.next(length));
    }

    /// What QEMU tells itself on the way; 10.0 says when the guest has come to stand.
    private void command() throws IOException {
        var head = in.next(2 * Short.BYTES);
        var length = head.getShort(Short.BYTES) & 0xffff;
        keep(head);
        keep(in.next(length));
    }

    private void start() throws IOException {
        section = integer();
        var name = name();
        keepName(name);
        integer(); // which one of this name
        var version = integer();
        if (!name.equals(Wire.MEMORY) || version != Wire.MEMORY_VERSION) {
            throw new Unknown("a section %s of version %d".formatted(shown(name), version));
        }
        records();
    }

    private void more() throws IOException {
        if (integer() != section) {
            throw new Unknown("a part of something else than memory");
        }
        records();
    }

    private void devices() throws IOException {
        if (octet() != Wire.FULL) {
            throw new Unknown("no device after the memory");
        }
        for (var some = in.some(); some.hasRemaining(); some = in.some()) {
            keep(some);
        }
    }

    private void records() throws IOException {
        while (true) {
            var head = in.next(Long.BYTES).getLong();
            var kind = (int) head & BITS & ~Wire.CONTINUE;
            switch (kind) {
                case Wire.MEM_SIZE -> sizes(head);
                case Wire.ZERO, Wire.PAGE -> page(head, kind == Wire.PAGE ? SharedPages.SIZE : 1);
                case Wire.EOS -> {
                    keep(head);
                    footer();
                    return;
                }
                default -> throw new Unknown("a record of the kind 0x%x".formatted(kind));
            }
        }
    }

    private void footer() throws IOException {
        if (octet() != Wire.FOOTER || integer() != section) {
            throw new Unknown("a section without an end");
        }
    }

    /// Of all blocks of memory the one that has the guest's size is the guest's.
    private void sizes(long head) throws IOException {
        keep(head);
        var left = head & ~BITS;
        while (left != 0) {
            var name = name();
            keepName(name);
            var length = in.next(Long.BYTES).getLong();
            keep(length);
            if (length <= 0 || Long.compareUnsigned(length, left) > 0) {
                throw new Unknown("memory of 0x%x bytes".formatted(length));
            }
            left -= length;
            if (length == size) {
                if (!mine.isEmpty()) {
                    throw new Unknown("two memories of the guest's size");
                }
                mine = name;
            }
        }
    }

    private void page(long head, int length) throws IOException {
        if (mine.isEmpty()) {
            throw new Unknown("no memory of the guest's size");
        }
        var another = (head & Wire.CONTINUE) == 0;
        if (another) {
            block = name();
        }
        if (block.equals(mine)) {
            put(head & ~BITS, in.next(length));
            return;
        }
        keep(head);
        if (another) {
            keepName(block);
        }
        keep(in.next(length));
    }

    /// @param content a page, or the byte that all of it is
    private void put(long at, ByteBuffer content) throws IOException {
        if (at < 0 || at > size - SharedPages.SIZE) {
            throw new Unknown("a page at 0x%x".formatted(at));
        }
        var page = (int) (at / SharedPages.SIZE);
        if (content.remaining() == SharedPages.SIZE) {
            filled.set(page);
            write(memory, content, at);
        } else if (content.get() != 0) {
            throw new Unknown("a page of one byte that is not 0");
        } else if (filled.get(page)) {
            // It was sent before it was cleared.
            write(memory, ByteBuffer.allocate(SharedPages.SIZE), at);
        }
    }

    private int octet() throws IOException {
        var next = in.next(1);
        keep(next.duplicate());
        return next.get() & 0xff;
    }

    private int integer() throws IOException {
        var next = in.next(Integer.BYTES);
        keep(next.duplicate());
        return next.getInt();
    }

    private String name() throws IOException {
        var length = in.next(1).get() & 0xff;
        return StandardCharsets.ISO_8859_1.decode(in.next(length)).toString();
    }

    private void keepName(String name) throws IOException {
        var bytes = name.getBytes(StandardCharsets.ISO_8859_1);
        keep(ByteBuffer.wrap(new byte[] {(byte) bytes.length}));
        keep(ByteBuffer.wrap(bytes));
    }

    private void keep(long value) throws IOException {
        keep(number.clear().putLong(value).flip());
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

    private static String shown(String name) {
        return Printable.of(name, 40);
    }
}

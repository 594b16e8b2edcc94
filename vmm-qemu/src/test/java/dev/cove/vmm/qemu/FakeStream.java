package dev.cove.vmm.qemu;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.util.Map;
import java.util.Random;

/// A machine's state as QEMU would write it down, piece by piece.
final class FakeStream {
    static final int SECTION = 2;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final DataOutputStream out = new DataOutputStream(bytes);

    /// Something to write.
    interface Piece {
        void write(DataOutputStream out) throws IOException;
    }

    FakeStream add(Piece piece) {
        try {
            piece.write(out);
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    FakeStream head() {
        return add(out -> {
            out.writeInt(Wire.MAGIC);
            out.writeInt(Wire.VERSION);
            out.write(Wire.CONFIGURATION);
            out.writeInt(7);
            out.writeBytes("microvm");
        });
    }

    FakeStream capabilities(String... names) {
        return add(out -> {
            out.write(Wire.SUBSECTION);
            name(out, "configuration/capabilities");
            out.writeInt(1);
            out.writeInt(names.length);
            for (var name : names) {
                name(out, name);
            }
        });
    }

    /// Opens the section of memory.
    FakeStream start(Map<String, Integer> blocks) {
        return add(
                        out -> {
                            out.write(Wire.START);
                            out.writeInt(SECTION);
                            name(out, Wire.MEMORY);
                            out.writeInt(0);
                            out.writeInt(Wire.MEMORY_VERSION);
                            var sum = blocks.values().stream().mapToLong(size -> size).sum();
                            out.writeLong(sum | Wire.MEM_SIZE);
                            for (var block : blocks.entrySet()) {
                                name(out, block.getKey());
                                out.writeLong(block.getValue());
                            }
                        })
                .over();
    }

    FakeStream command() {
        return add(out -> {
            out.write(Wire.COMMAND);
            out.writeShort(11);
            out.writeShort(3);
            out.writeBytes("now");
        });
    }

    FakeStream part() {
        return add(out -> {
            out.write(Wire.PART);
            out.writeInt(SECTION);
        });
    }

    FakeStream end() {
        return add(out -> {
            out.write(Wire.END);
            out.writeInt(SECTION);
        });
    }

    /// The end of what one section says.
    FakeStream over() {
        return add(out -> {
            out.writeLong(Wire.EOS);
            out.write(Wire.FOOTER);
            out.writeInt(SECTION);
        });
    }

    /// @param block empty when it is the one before
    FakeStream page(String block, int page, byte[] content) {
        return add(out -> {
            record(out, block, page, Wire.PAGE);
            out.write(content);
        });
    }

    FakeStream zero(String block, int page) {
        return add(out -> {
            record(out, block, page, Wire.ZERO);
            out.write(0);
        });
    }

    FakeStream tail() {
        return add(out -> {
            out.write(4);
            out.writeBytes("devices, which nobody looks at");
        });
    }

    private static void record(DataOutputStream out, String block, int page, int flags)
            throws IOException {
        var more = block.isEmpty() ? Wire.CONTINUE : 0;
        out.writeLong((long) page * BackingPages.SIZE | flags | more);
        if (!block.isEmpty()) {
            name(out, block);
        }
    }

    private static void name(DataOutputStream out, String name) throws IOException {
        out.write(name.length());
        out.write(name.getBytes(ISO_8859_1));
    }

    byte[] bytes() {
        return bytes.toByteArray();
    }

    /// One that gives of some bytes as much at once as it likes.
    static ReadableByteChannel inPieces(byte[] bytes, Random random) {
        var in = Channels.newChannel(new ByteArrayInputStream(bytes));
        return new ReadableByteChannel() {
            @Override
            public int read(ByteBuffer to) throws IOException {
                var limit = to.limit();
                to.limit(Math.min(limit, to.position() + 1 + random.nextInt(9000)));
                try {
                    return in.read(to);
                } finally {
                    to.limit(limit);
                }
            }

            @Override
            public boolean isOpen() {
                return in.isOpen();
            }

            @Override
            public void close() throws IOException {
                in.close();
            }
        };
    }
}

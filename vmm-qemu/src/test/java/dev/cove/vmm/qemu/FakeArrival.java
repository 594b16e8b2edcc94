package dev.cove.vmm.qemu;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;

/// Brings a machine's state into blocks of memory, as QEMU does that reads it, and takes nothing
/// that it does not know.
final class FakeArrival {
    private final DataInputStream in;
    private final Function<String, ByteBuffer> places;
    private final Map<String, ByteBuffer> blocks = new HashMap<>();
    private ByteBuffer current = ByteBuffer.allocate(0);

    private FakeArrival(InputStream in, Function<String, ByteBuffer> places) {
        this.in = new DataInputStream(new BufferedInputStream(in, 1 << 20));
        this.places = places;
    }

    /// @param places where the blocks are to go, as they are before
    /// @return what follows the memory
    static byte[] bring(InputStream in, Function<String, ByteBuffer> places) throws IOException {
        return new FakeArrival(in, places).bring();
    }

    private byte[] bring() throws IOException {
        require(in.readInt() == Wire.MAGIC && in.readInt() == Wire.VERSION, "head");
        require(in.readUnsignedByte() == Wire.CONFIGURATION, "configuration");
        in.readNBytes(in.readInt());
        while (true) {
            var type = in.readUnsignedByte();
            if (type == Wire.COMMAND) {
                in.readShort();
                in.readNBytes(in.readUnsignedShort());
                continue;
            }
            switch (type) {
                case Wire.START -> {
                    in.readInt();
                    require(name().equals("ram") && in.readInt() == 0 && in.readInt() == 4, "ram");
                }
                case Wire.PART, Wire.END -> in.readInt();
                default -> {
                    return in.readAllBytes();
                }
            }
            records();
            require(in.readUnsignedByte() == Wire.FOOTER, "footer");
            in.readInt();
        }
    }

    private void records() throws IOException {
        while (true) {
            var word = in.readLong();
            var flags = (int) word & 0xfff;
            var at = word & -4096L;
            switch (flags & ~Wire.CONTINUE) {
                case Wire.EOS -> {
                    return;
                }
                case Wire.MEM_SIZE -> sizes(at);
                case Wire.ZERO -> {
                    choose(flags);
                    require(in.readUnsignedByte() == 0, "zero");
                    current.put((int) at, new byte[4096]);
                }
                case Wire.PAGE -> {
                    choose(flags);
                    current.put((int) at, in.readNBytes(4096));
                }
                default -> throw new IOException("unknown: " + Integer.toHexString(flags));
            }
        }
    }

    private void choose(int flags) throws IOException {
        if ((flags & Wire.CONTINUE) == 0) {
            current = java.util.Objects.requireNonNull(blocks.get(name()));
        }
    }

    private void sizes(long total) throws IOException {
        for (var left = total; left > 0; ) {
            var name = name();
            var place = places.apply(name);
            var size = in.readLong();
            require(place.capacity() >= size, "size of " + name);
            blocks.put(name, place);
            left -= size;
        }
    }

    private String name() throws IOException {
        return new String(in.readNBytes(in.readUnsignedByte()), ISO_8859_1);
    }

    private static void require(boolean is, String what) throws IOException {
        if (!is) {
            throw new IOException("not the " + what + " that is expected");
        }
    }
}

package dev.cove.vmm.qemu;

import static dev.cove.vmm.qemu.SharedPages.SIZE;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Takes out of a machine's state (see [Wire]) the pages that are what the machine was resumed
/// with. Brought into a machine that has those pages already, what is left makes the same of it as
/// the whole would of an empty one.
///
/// A page is left out only as long as none was kept in its place: what has changed may change back.
/// What carries the name of a block is always kept, since records that come later count on it. What
/// is not understood is kept, and all that follows: that is right in any case, only larger. It
/// counts on QEMU to send each page at least once by then.
final class Difference {
    private static final int MOST_BLOCKS = 1024;
    private static final int HEADER = Long.BYTES;

    private final Window in;
    private final SharedPages shared;
    private final Map<String, Long> blocks = new HashMap<>();
    private @Nullable String main;
    private @Nullable String current;
    private int section = -1;
    private final BitSet seen = new BitSet();
    private final BitSet kept = new BitSet();
    private long dropped;

    Difference(Window in, SharedPages shared) {
        this.in = in;
        this.shared = shared;
    }

    /// Reads the stream up to where nothing can be left out any more.
    ///
    /// @return how many pages were left out
    long pass() throws IOException {
        if (head()) {
            while (section()) {
                // on to the next
            }
        }
        return dropped;
    }

    private boolean head() throws IOException {
        if (!in.has(13)
                || in.number(0) != Wire.MAGIC
                || in.number(4) != Wire.VERSION
                || in.unsignedByte(8) != Wire.CONFIGURATION) {
            return false;
        }
        var type = in.number(9);
        if (type < 0 || type > 255 || !in.has(13 + type)) {
            return false;
        }
        in.keep(13 + type);
        return true;
    }

    /// @return whether all of it was understood
    private boolean section() throws IOException {
        if (!in.has(6)) {
            return false;
        }
        return switch (in.unsignedByte(0)) {
            case Wire.START -> start() && records(false) && footer();
            case Wire.PART -> part() && records(false) && footer();
            case Wire.END -> part() && records(true) && footer();
            case Wire.COMMAND -> command();
            default -> false;
        };
    }

    private boolean start() throws IOException {
        var length = in.unsignedByte(5);
        if (section >= 0
                || !in.has(14 + length)
                || !in.text(6, length).equals(Wire.MEMORY)
                || in.number(10 + length) != Wire.MEMORY_VERSION) {
            return false;
        }
        section = in.number(1);
        in.keep(14 + length);
        return section >= 0;
    }

    private boolean command() throws IOException {
        var length = (in.unsignedByte(3) << 8) + in.unsignedByte(4);
        if (!in.has(5 + length)) {
            return false;
        }
        in.keep(5 + length);
        return true;
    }

    private boolean part() throws IOException {
        if (section < 0 || in.number(1) != section) {
            return false;
        }
        in.keep(5);
        return true;
    }

    private boolean footer() throws IOException {
        if (!in.has(5) || in.unsignedByte(0) != Wire.FOOTER || in.number(1) != section) {
            return false;
        }
        in.keep(5);
        return true;
    }

    private boolean records(boolean last) throws IOException {
        while (in.has(HEADER)) {
            var word = in.longNumber(0);
            var flags = (int) (word & (SIZE - 1));
            if (word == Wire.EOS) {
                if (last) {
                    addUnseen();
                }
                in.keep(HEADER);
                return true;
            }
            var understood =
                    switch (flags) {
                        case Wire.MEM_SIZE -> sizes(word - flags);
                        case Wire.PAGE, Wire.PAGE | Wire.CONTINUE -> page(word - flags, flags);
                        case Wire.ZERO, Wire.ZERO | Wire.CONTINUE -> page(word - flags, flags);
                        case Wire.MULTIFD_FLUSH -> flush();
                        default -> false;
                    };
            if (!understood) {
                return false;
            }
        }
        return false;
    }

    private boolean flush() throws IOException {
        in.keep(HEADER);
        return true;
    }

    private boolean sizes(long total) throws IOException {
        if (!blocks.isEmpty()) {
            return false;
        }
        var at = HEADER;
        var left = total;
        while (left > 0) {
            if (blocks.size() == MOST_BLOCKS || !in.has(at + 1)) {
                return false;
            }
            var length = in.unsignedByte(at);
            if (!in.has(at + 1 + length + Long.BYTES)) {
                return false;
            }
            var name = in.text(at + 1, length);
            var size = in.longNumber(at + 1 + length);
            if (size <= 0 || size > left || blocks.put(name, size) != null) {
                return false;
            }
            left -= size;
            at += 1 + length + Long.BYTES;
            if (size == shared.size()) {
                if (main != null) {
                    return false; // nobody can tell which of them it is
                }
                main = name;
            }
        }
        in.keep(at);
        return main != null;
    }

    private boolean page(long offset, int flags) throws IOException {
        var named = (flags & Wire.CONTINUE) == 0;
        var content = (flags & Wire.PAGE) != 0 ? SIZE : 1;
        var header = HEADER;
        if (named) {
            if (!in.has(HEADER + 1)) {
                return false;
            }
            header += 1 + in.unsignedByte(HEADER);
        }
        if (!in.has(header + content)) {
            return false;
        }
        if (named) {
            current = in.text(HEADER + 1, header - HEADER - 1);
        }
        if (current == null || !isIn(current, offset)) {
            return false;
        }
        if (content == 1 && in.unsignedByte(header) != 0) {
            return false;
        }
        if (current.equals(main) && !take((int) (offset / SIZE), named, header, content)) {
            in.drop(header + content);
        } else {
            in.keep(header + content);
        }
        return true;
    }

    private boolean isIn(String block, long offset) {
        var size = blocks.get(block);
        return size != null && offset >= 0 && offset <= size - SIZE;
    }

    /// @return whether that page has to be kept
    private boolean take(int page, boolean named, int header, int content) {
        seen.set(page);
        if (!named && !kept.get(page) && isShared(page, header, content)) {
            dropped++;
            return false;
        }
        kept.set(page);
        return true;
    }

    private boolean isShared(int page, int header, int content) {
        return content == 1
                ? shared.isNothing(page)
                : shared.isSame(page, in.segment(), in.place(header));
    }

    /// What is never sent is zero, and need not be so where there are pages already.
    private void addUnseen() throws IOException {
        if (main == null) {
            return;
        }
        var name = main.getBytes(StandardCharsets.ISO_8859_1);
        var pages = (int) (shared.size() / SIZE);
        for (var page = seen.nextClearBit(0); page < pages; page = seen.nextClearBit(page + 1)) {
            if (!shared.isNothing(page)) {
                in.add(zero(page, name));
            }
        }
    }

    private static ByteBuffer zero(int page, byte[] name) {
        return ByteBuffer.allocate(HEADER + 1 + name.length + 1)
                .putLong((long) page * SIZE | Wire.ZERO)
                .put((byte) name.length)
                .put(name)
                .put((byte) 0)
                .flip();
    }
}

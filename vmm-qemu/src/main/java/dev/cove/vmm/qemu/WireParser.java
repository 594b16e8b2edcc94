package dev.cove.vmm.qemu;

import static dev.cove.vmm.qemu.BackingPages.SIZE;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Goes through a machine's state (see [Wire]) up to its first device, and finds the pages of the
/// guest's memory: of all blocks the one that has its size is the guest's. What is not understood
/// nobody guesses at: it is left in the window, with all that follows.
final class WireParser {
    private static final int MOST_BLOCKS = 1024;
    private static final int HEADER = Long.BYTES;

    private final Window in;
    private final long size;
    private final Pages pages;
    private final Map<String, Long> blocks = new HashMap<>();
    private @Nullable String main;
    private @Nullable String current;
    private int section = -1;
    private boolean ended;

    /// What becomes of the guest's pages.
    interface Pages {
        /// Looks at one, which lies in the window.
        ///
        /// @param named whether its record carries the name of the block
        /// @param at where its content begins in the window
        /// @param length of its content: that of a page, or one byte that is zero, as the page is
        /// @return whether its record is kept
        boolean take(int page, boolean named, int at, int length) throws IOException;

        /// Comes before the end of all memory.
        ///
        /// @param block the name of the guest's
        default void end(String block) throws IOException {}
    }

    /// @param size of the guest's memory
    WireParser(Window in, long size, Pages pages) {
        this.in = in;
        this.size = size;
        this.pages = pages;
    }

    /// @return whether all memory was understood; then a device is next
    boolean pass() throws IOException {
        if (head()) {
            while (section()) {
                // on to the next
            }
        }
        return ended && in.has(1) && in.unsignedByte(0) == Wire.FULL;
    }

    private boolean head() throws IOException {
        if (!in.has(13)
                || in.number(0) != Wire.MAGIC
                || in.number(4) != Wire.VERSION
                || in.unsignedByte(8) != Wire.CONFIGURATION) {
            return false;
        }
        var type = in.number(9);
        if (type < 0 || type > Wire.LONGEST_TYPE || !in.has(13 + type)) {
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
            case Wire.END -> {
                ended = part() && records(true) && footer();
                yield ended;
            }
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
        if (ended || section < 0 || in.number(1) != section) {
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
                if (last && main != null) {
                    pages.end(main);
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
            var its = in.longNumber(at + 1 + length);
            if (its <= 0 || its > left || blocks.put(name, its) != null) {
                return false;
            }
            left -= its;
            at += 1 + length + Long.BYTES;
            if (its == size) {
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
        if (!current.equals(main) || pages.take((int) (offset / SIZE), named, header, content)) {
            in.keep(header + content);
        } else {
            in.drop(header + content);
        }
        return true;
    }

    private boolean isIn(String block, long offset) {
        var its = blocks.get(block);
        return its != null && offset >= 0 && offset <= its - SIZE;
    }
}

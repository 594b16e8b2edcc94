package dev.cove.vmm.qemu;

import static dev.cove.vmm.qemu.BackingPages.SIZE;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;

/// Takes out of a machine's state the pages that are what the machine was resumed with. Brought
/// into a machine that has those pages already, what is left makes the same of it as the whole
/// would of an empty one.
///
/// A page is left out only as long as none was kept in its place: what has changed may change back.
/// What carries the name of a block is always kept, since records that come later count on it. From
/// what is not understood on, all is kept: that is right in any case, only larger. It counts on
/// QEMU to send each page at least once by then.
final class Difference implements WireParser.Pages {
    private final Window in;
    private final BackingPages shared;
    private final BitSet seen = new BitSet();
    private final BitSet kept = new BitSet();
    private long dropped;

    Difference(Window in, BackingPages shared) {
        this.in = in;
        this.shared = shared;
    }

    /// Reads the stream up to where nothing can be left out any more.
    ///
    /// @return how many pages were left out
    long pass() throws IOException {
        new WireParser(in, shared.size(), this).pass();
        return dropped;
    }

    @Override
    public boolean take(int page, boolean named, int at, int length) {
        seen.set(page);
        if (!named && !kept.get(page) && isShared(page, at, length)) {
            dropped++;
            return false;
        }
        kept.set(page);
        return true;
    }

    private boolean isShared(int page, int at, int length) {
        return length == 1
                ? shared.isNothing(page)
                : shared.isSame(page, in.segment(), in.place(at));
    }

    /// What is never sent is zero, and need not be so where there are pages already.
    @Override
    public void end(String block) throws IOException {
        var name = block.getBytes(StandardCharsets.ISO_8859_1);
        var pages = (int) (shared.size() / SIZE);
        for (var page = seen.nextClearBit(0); page < pages; page = seen.nextClearBit(page + 1)) {
            if (!shared.isNothing(page)) {
                in.add(zero(page, name));
            }
        }
    }

    private static ByteBuffer zero(int page, byte[] name) {
        return ByteBuffer.allocate(Long.BYTES + 1 + name.length + 1)
                .putLong((long) page * SIZE | Wire.ZERO)
                .put((byte) name.length)
                .put(name)
                .put((byte) 0)
                .flip();
    }
}

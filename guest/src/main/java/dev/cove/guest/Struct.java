package dev.cove.guest;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/// A structure as the kernel reads it on x86-64, written from its beginning to its end.
final class Struct {
    private final byte[] bytes;
    private final ByteBuffer rest;

    /// @param size in bytes; what is not written is zero
    Struct(int size) {
        bytes = new byte[size];
        rest = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    Struct u16(int value) {
        rest.putShort((short) value);
        return this;
    }

    Struct u32(int value) {
        rest.putInt(value);
        return this;
    }

    Struct u64(long value) {
        rest.putLong(value);
        return this;
    }

    Struct octets(byte[] value) {
        rest.put(value);
        return this;
    }

    /// Goes on at an offset.
    Struct at(int offset) {
        rest.position(offset);
        return this;
    }

    byte[] bytes() {
        return Arrays.copyOf(bytes, bytes.length);
    }
}

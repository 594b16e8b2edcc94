package dev.cove.platform;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/// CRC-32C of a file that is mostly holes: zeros are counted and not read.
///
/// A checksum is a remainder of polynomials over GF(2), so what comes behind some bytes multiplies
/// theirs by a power of x (Mark Adler's way in zlib's `crc32_combine`). Bits are reflected: the
/// highest one stands for 1.
public final class Checksum {
    private static final int POLYNOMIAL = 0x82F63B78;
    private static final int ONE = 1 << 31;
    private static final int X = 1 << 30;

    /// POWERS[n] is x to the power of 2^n.
    private static final int[] POWERS = powers();

    private final CRC32C run = new CRC32C();
    private int sum;

    public void update(ByteBuffer bytes) {
        var length = bytes.remaining();
        run.reset();
        run.update(bytes);
        sum = times(shift(length), sum) ^ (int) run.getValue();
    }

    /// @param count of zeros
    public void zeros(long count) {
        // An ordinary register begins and ends inverted.
        sum = ~times(shift(count), ~sum);
    }

    /// @return what [CRC32C#getValue] would of the same bytes
    public long value() {
        return Integer.toUnsignedLong(sum);
    }

    /// x to the power of 8 for each byte.
    private static int shift(long bytes) {
        var product = ONE;
        var power = 3;
        for (var rest = bytes; rest != 0; rest >>>= 1) {
            if ((rest & 1) != 0) {
                product = times(POWERS[power], product);
            }
            power++;
        }
        return product;
    }

    private static int times(int a, int b) {
        var product = 0;
        var factor = b;
        for (var bit = ONE; bit != 0; bit >>>= 1) {
            if ((a & bit) != 0) {
                product ^= factor;
            }
            factor = (factor & 1) != 0 ? (factor >>> 1) ^ POLYNOMIAL : factor >>> 1;
        }
        return product;
    }

    private static int[] powers() {
        var powers = new int[66];
        powers[0] = X;
        for (var i = 1; i < powers.length; i++) {
            powers[i] = times(powers[i - 1], powers[i - 1]);
        }
        return powers;
    }
}

package dev.cove.store;

import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;

/// The checksum of a document, its key and its revision: finds what a disk changed by itself.
final class Sum {
    private Sum() {}

    static long of(String key, long revision, byte[] document) {
        var sum = new CRC32C();
        sum.update(bytes(key + " " + revision + " "));
        sum.update(document);
        return sum.getValue();
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}

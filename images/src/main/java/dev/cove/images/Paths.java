package dev.cove.images;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The names that a tarball has had so far, and what each of them is. However long they are, each
/// takes 20 bytes of a table at most half full: kept are 128 bits of its SHA-256, of which nobody
/// finds two alike.
final class Paths {
    /// What an entry is.
    enum Kind {
        FOLDER,
        FILE,
        LINK
    }

    private final MessageDigest digest = sha256();
    private long[] names = new long[2 << 10];
    private @Nullable Kind[] kinds = new Kind[1 << 10];
    private int count;

    /// What that name is, if it has come.
    Optional<Kind> get(String path) {
        return Optional.ofNullable(kinds[slot(hash(path))]);
    }

    /// @return whether that name is new; otherwise nothing changes
    boolean add(String path, Kind kind) {
        var hash = hash(path);
        if (kinds[slot(hash)] != null) {
            return false;
        }
        if (++count > kinds.length / 2) {
            grow();
        }
        put(hash, kind);
        return true;
    }

    int count() {
        return count;
    }

    private void put(Hash hash, Kind kind) {
        var slot = slot(hash);
        names[2 * slot] = hash.first;
        names[2 * slot + 1] = hash.second;
        kinds[slot] = kind;
    }

    private void grow() {
        var oldNames = names;
        var oldKinds = kinds;
        names = new long[2 * oldNames.length];
        kinds = new Kind[2 * oldKinds.length];
        for (var i = 0; i < oldKinds.length; i++) {
            var kind = oldKinds[i];
            if (kind != null) {
                put(new Hash(oldNames[2 * i], oldNames[2 * i + 1]), kind);
            }
        }
    }

    /// Where a name is, or is to be.
    private int slot(Hash hash) {
        var mask = kinds.length - 1;
        var slot = (int) hash.first & mask;
        while (kinds[slot] != null
                && (names[2 * slot] != hash.first || names[2 * slot + 1] != hash.second)) {
            slot = (slot + 1) & mask;
        }
        return slot;
    }

    private record Hash(long first, long second) {}

    private Hash hash(String path) {
        var bytes = ByteBuffer.wrap(digest.digest(path.getBytes(StandardCharsets.UTF_8)));
        return new Hash(bytes.getLong(), bytes.getLong());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this Java has no SHA-256", e);
        }
    }
}

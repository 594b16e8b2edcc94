package dev.cove.doors;

import dev.cove.core.CoveException;
import dev.cove.core.HostKey;
import dev.cove.core.SshKey;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The key that the daemon shows to guests: Ed25519, in a file that OpenSSH reads as well.
///
/// @param shown what goes into a guest's `authorized_keys`
/// @param pair what signs
record DaemonKey(SshKey shown, KeyPair pair) {
    private static final String COMMENT = "cove";
    private static final Set<PosixFilePermission> OWNER_ONLY =
            EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);
    private static final byte[] MAGIC =
            "openssh-key-v1\0".getBytes(StandardCharsets.US_ASCII); // OpenSSH, PROTOCOL.key
    private static final int LARGEST_FILE = 8192;

    /// The key in the file; made there if there is none.
    ///
    /// @throws CoveException UNAVAILABLE when the file cannot be read or written, DENIED when
    ///   others than its owner can read it, INTERNAL when it holds no key of this kind
    static DaemonKey in(Path file, SecureRandom random) {
        try {
            if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
                make(file, random);
            }
            refuseIfOthersRead(file);
            return read(file);
        } catch (IOException e) {
            throw CoveException.unavailable(
                    "cannot read or write the daemon's SSH key " + file + ": " + e.getMessage(), e);
        }
    }

    /// Writes aside, then links: whoever finds the file finds a whole key, and the first of two
    /// makers wins.
    private static void make(Path file, SecureRandom random) throws IOException {
        var text = HostKey.random(random).openSsh().getBytes(StandardCharsets.US_ASCII);
        var aside =
                file.resolveSibling(file.getFileName() + "." + Long.toHexString(random.nextLong()));
        try {
            write(aside, text);
            Files.createLink(file, aside);
        } catch (FileAlreadyExistsException e) {
            // Another maker was faster; its key is as good.
            return;
        } catch (UnsupportedOperationException e) {
            Files.move(aside, file, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(aside);
        }
    }

    private static void write(Path file, byte[] text) throws IOException {
        var options = EnumSet.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        var mode = PosixFilePermissions.asFileAttribute(OWNER_ONLY);
        try (var out = FileChannel.open(file, options, mode)) {
            var left = ByteBuffer.wrap(text);
            while (left.hasRemaining()) {
                out.write(left);
            }
            out.force(true);
        }
    }

    private static void refuseIfOthersRead(Path file) throws IOException {
        var mode = Files.getPosixFilePermissions(file);
        if (!OWNER_ONLY.containsAll(mode)) {
            throw CoveException.denied(
                    "the daemon's SSH key "
                            + file
                            + " is open to others ("
                            + PosixFilePermissions.toString(mode)
                            + "); close it with: chmod 600 "
                            + file);
        }
    }

    private static DaemonKey read(Path file) throws IOException {
        if (Files.size(file) > LARGEST_FILE) {
            throw unreadable(file, "it is larger than a key", null);
        }
        try {
            return parse(Files.readString(file, StandardCharsets.US_ASCII));
        } catch (GeneralSecurityException | RuntimeException e) {
            throw unreadable(file, "it holds no unencrypted Ed25519 key in OpenSSH's format", e);
        }
    }

    private static CoveException unreadable(Path file, String why, @Nullable Exception cause) {
        return new CoveException(
                CoveException.Kind.INTERNAL,
                "the daemon's SSH key "
                        + file
                        + " is damaged: "
                        + why
                        + "; put it back from a backup, or move it away to get a new one, which"
                        + " VMs that exist will know after their next start",
                cause);
    }

    private static DaemonKey parse(String text) throws GeneralSecurityException {
        var base64 = text.lines().filter(line -> !line.startsWith("-----")).toList();
        var file = ByteBuffer.wrap(Base64.getDecoder().decode(String.join("", base64)));
        expect(file, MAGIC);
        expect(string(file), "none".getBytes(StandardCharsets.US_ASCII));
        expect(string(file), "none".getBytes(StandardCharsets.US_ASCII));
        string(file);
        file.getInt();
        var blob = string(file);
        var secret = ByteBuffer.wrap(string(file));
        var check = secret.getInt();
        if (secret.getInt() != check) {
            throw new IllegalArgumentException("check words differ");
        }
        expect(string(secret), "ssh-ed25519".getBytes(StandardCharsets.US_ASCII));
        var point = string(secret);
        var seed = Arrays.copyOf(string(secret), 32);
        var pair = new KeyPair(JdkEd25519.publicKey(point), JdkEd25519.privateKey(seed));
        var shown = new SshKey("ssh-ed25519", Base64.getEncoder().encodeToString(blob), COMMENT);
        return new DaemonKey(shown, pair);
    }

    private static byte[] string(ByteBuffer from) {
        var length = from.getInt();
        if (length < 0 || length > from.remaining()) {
            throw new IllegalArgumentException("cut short");
        }
        var bytes = new byte[length];
        from.get(bytes);
        return bytes;
    }

    private static void expect(ByteBuffer from, byte[] wanted) {
        var found = new byte[wanted.length];
        from.get(found);
        expect(found, wanted);
    }

    private static void expect(byte[] found, byte[] wanted) {
        if (!Arrays.equals(found, wanted)) {
            throw new IllegalArgumentException("another kind of key");
        }
    }
}

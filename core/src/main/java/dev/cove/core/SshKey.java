package dev.cove.core;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Set;
import java.util.regex.Pattern;

/// A public SSH key as in an `authorized_keys` line without options: type, base64, and a comment
/// that has been cut to plain characters. The type inside the base64 has to be the type outside.
public record SshKey(String type, String base64, String comment) {
    private static final Set<String> TYPES =
            Set.of(
                    "ssh-ed25519",
                    "ssh-rsa",
                    "ecdsa-sha2-nistp256",
                    "ecdsa-sha2-nistp384",
                    "ecdsa-sha2-nistp521",
                    "sk-ssh-ed25519@openssh.com",
                    "sk-ecdsa-sha2-nistp256@openssh.com");
    private static final Pattern UNPLAIN = Pattern.compile("[^A-Za-z0-9_.@+:=/ -]");
    private static final int LONGEST = 8192;

    public SshKey {
        if (!TYPES.contains(type)) {
            throw malformed("its type \"" + Printable.of(type, 40) + "\" is not one of " + TYPES);
        }
        if (!type.equals(innerType(base64))) {
            throw malformed("its type and its content differ");
        }
        comment = UNPLAIN.matcher(Printable.of(comment, 100)).replaceAll("_");
    }

    /// Reads one line of an `id_*.pub` file.
    ///
    /// @throws CoveException INVALID when it is no public key
    public static SshKey parse(String line) {
        var text = line.strip();
        if (text.length() > LONGEST) {
            throw malformed("it is longer than " + LONGEST + " characters");
        }
        if (text.contains("PRIVATE KEY")) {
            throw malformed("it is a private key; give the .pub file beside it");
        }
        if (text.lines().count() != 1) {
            throw malformed("one key is one line");
        }
        var parts = text.split("\\s+", 3);
        if (parts.length < 2) {
            throw malformed("it has no type and content");
        }
        return new SshKey(parts[0], parts[1], parts.length == 3 ? parts[2] : "");
    }

    private static String innerType(String base64) {
        try {
            var blob = ByteBuffer.wrap(Base64.getDecoder().decode(base64));
            var length = blob.getInt();
            if (length < 1 || length > 64 || length >= blob.remaining()) {
                throw malformed("its content is cut short");
            }
            var type = new byte[length];
            blob.get(type);
            return new String(type, StandardCharsets.US_ASCII);
        } catch (IllegalArgumentException | java.nio.BufferUnderflowException e) {
            throw malformed("its content is not base64 of a key");
        }
    }

    private static CoveException malformed(String why) {
        return CoveException.invalid("not a public SSH key: " + why);
    }

    /// The line for an `authorized_keys` or `.pub` file.
    @Override
    public String toString() {
        return comment.isEmpty() ? type + " " + base64 : type + " " + base64 + " " + comment;
    }
}

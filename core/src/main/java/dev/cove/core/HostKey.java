package dev.cove.core;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.interfaces.EdECPrivateKey;
import java.security.interfaces.EdECPublicKey;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;

/// A guest's Ed25519 host key, made by Cove before the guest exists, so that the first connection
/// already knows whom it talks to.
///
/// @param seed the 32 secret bytes (RFC 8032, 5.1.5) as hexadecimal digits
/// @param publicKey what the guest shows
public record HostKey(String seed, SshKey publicKey) {
    private static final String TYPE = "ssh-ed25519";

    public static HostKey random(SecureRandom random) {
        try {
            var generator = KeyPairGenerator.getInstance("Ed25519");
            generator.initialize(255, random);
            var pair = generator.generateKeyPair();
            var seed = ((EdECPrivateKey) pair.getPrivate()).getBytes().orElseThrow();
            var point = encode((EdECPublicKey) pair.getPublic());
            var blob = Base64.getEncoder().encodeToString(concat(string(TYPE), string(point)));
            return new HostKey(HexFormat.of().formatHex(seed), new SshKey(TYPE, blob, ""));
        } catch (GeneralSecurityException e) {
            throw CoveException.internal("this Java has no Ed25519", e);
        }
    }

    /// The secret and the public half, 64 bytes, as OpenSSH and Dropbear both keep them.
    public byte[] secretAndPublic() {
        var blob = Base64.getDecoder().decode(publicKey.base64());
        var both = new byte[64];
        System.arraycopy(HexFormat.of().parseHex(seed), 0, both, 0, 32);
        System.arraycopy(blob, blob.length - 32, both, 32, 32);
        return both;
    }

    /// The file `ssh_host_ed25519_key`: openssh-key-v1, no passphrase (OpenSSH, PROTOCOL.key).
    public String openSsh() {
        var blob = Base64.getDecoder().decode(publicKey.base64());
        var check = new byte[] {0x43, 0x6f, 0x76, 0x65};
        var secret =
                concat(check, check, blob, string(secretAndPublic()), string(publicKey.comment()));
        var file =
                concat(
                        "openssh-key-v1\0".getBytes(StandardCharsets.US_ASCII),
                        string("none"),
                        string("none"),
                        string(""),
                        new byte[] {0, 0, 0, 1},
                        string(blob),
                        string(padded(secret)));
        return "-----BEGIN OPENSSH PRIVATE KEY-----\n"
                + Base64.getMimeEncoder(70, new byte[] {'\n'}).encodeToString(file)
                + "\n-----END OPENSSH PRIVATE KEY-----\n";
    }

    @Override
    public String toString() {
        return "HostKey[" + publicKey + "]";
    }

    /// Fills up to the block of 8 that cipher "none" has, with 1, 2, 3, …
    private static byte[] padded(byte[] secret) {
        var whole = Arrays.copyOf(secret, (secret.length + 7) / 8 * 8);
        for (var i = secret.length; i < whole.length; i++) {
            whole[i] = (byte) (i - secret.length + 1);
        }
        return whole;
    }

    /// RFC 8032, 5.1.2: y in 32 bytes, the lowest first, with the sign of x in the highest bit.
    private static byte[] encode(EdECPublicKey key) {
        var bigEndian = key.getPoint().getY().toByteArray();
        var point = new byte[32];
        for (var i = 0; i < Math.min(32, bigEndian.length); i++) {
            point[i] = bigEndian[bigEndian.length - 1 - i];
        }
        if (key.getPoint().isXOdd()) {
            point[31] |= (byte) 0x80;
        }
        return point;
    }

    private static byte[] string(String text) {
        return string(text.getBytes(StandardCharsets.US_ASCII));
    }

    private static byte[] string(byte[] bytes) {
        return ByteBuffer.allocate(4 + bytes.length).putInt(bytes.length).put(bytes).array();
    }

    private static byte[] concat(byte[]... parts) {
        var whole = new ByteArrayOutputStream();
        for (var part : parts) {
            whole.writeBytes(part);
        }
        return whole.toByteArray();
    }
}

package dev.cove.client;

import dev.cove.core.CoveException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Optional;

/// The secret that says who calls. Never printed.
public record Token(String secret) {
    private static final int LONGEST = 512;

    public Token {
        if (secret.isEmpty()
                || secret.length() > LONGEST
                || !secret.chars().allMatch(Token::fits)) {
            throw CoveException.invalid(
                    "the token is not one: 1 to " + LONGEST + " printable characters, no spaces");
        }
    }

    private static boolean fits(int c) {
        return c > ' ' && c < 0x7f;
    }

    /// Reads a token file.
    ///
    /// @return nothing when there is no such file
    /// @throws CoveException DENIED when others may read it, with how to mend that
    static Optional<Token> read(Path file) {
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try {
            refuseIfOthersMayRead(file);
            return Optional.of(new Token(Files.readString(file).strip()));
        } catch (IOException e) {
            throw new CoveException(
                    CoveException.Kind.DENIED, "the token file " + file + " cannot be read", e);
        }
    }

    private static void refuseIfOthersMayRead(Path file) throws IOException {
        var others = EnumSet.copyOf(PosixFilePermissions.fromString("---rwxrwx"));
        var granted = EnumSet.noneOf(PosixFilePermission.class);
        granted.addAll(Files.getPosixFilePermissions(file));
        granted.retainAll(others);
        if (!granted.isEmpty()) {
            throw CoveException.denied(
                    "others may use the token file "
                            + file
                            + "; make it yours alone with: chmod 600 "
                            + file);
        }
    }

    @Override
    public String toString() {
        return "Token[…]";
    }
}

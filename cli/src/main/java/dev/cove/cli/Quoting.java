package dev.cove.cli;

import dev.cove.core.CoveException;
import dev.cove.core.Printable;

/// Words for ssh's `ProxyCommand` and for its options that name files. A shell runs the one, ssh
/// splits the other, and both give `%` a meaning (ssh_config(5), TOKENS; checked with OpenSSH 9.2).
/// What cannot be said safely to every shell is refused.
final class Quoting {
    private static final String PLAIN = "/._-+,:=@";

    private Quoting() {}

    /// One word of a `ProxyCommand`.
    ///
    /// @throws CoveException INVALID for a word with a quote, a backslash, `!` or a control
    ///   character
    static String proxyWord(String word) {
        if (!word.isEmpty() && word.chars().allMatch(Quoting::isPlain)) {
            return word;
        }
        // In single quotes, where sh, csh and fish agree on everything else.
        refuse(word, "'\\!");
        return "'" + word.replace("%", "%%") + "'";
    }

    /// A file as an option's value, such as that of `IdentityFile`.
    ///
    /// @throws CoveException INVALID for a path with a double quote, a backslash, `$` or a control
    ///   character
    static String file(String path) {
        refuse(path, "\"\\$");
        return "\"" + path.replace("%", "%%") + "\"";
    }

    private static boolean isPlain(int c) {
        return c < 0x80 && (Character.isLetterOrDigit(c) || PLAIN.indexOf(c) >= 0);
    }

    private static void refuse(String word, String forbidden) {
        if (word.chars().anyMatch(c -> c < 0x20 || c == 0x7f || forbidden.indexOf(c) >= 0)) {
            throw CoveException.invalid(
                    "ssh cannot be told of \""
                            + Printable.of(word, 200)
                            + "\" safely; use a path of letters, digits, spaces and /._-");
        }
    }
}

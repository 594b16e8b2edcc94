package dev.cove.core;

import java.util.regex.Pattern;

/// A SHA-256, written `sha256:` and 64 hexadecimal digits.
public record Digest(String text) {
    private static final Pattern FORM = Pattern.compile("sha256:[0-9a-f]{64}");

    public Digest {
        if (!FORM.matcher(text).matches()) {
            throw CoveException.invalid(
                    "not a digest: \""
                            + Printable.of(text, 80)
                            + "\"; it reads sha256:<64 hex digits>");
        }
    }

    public String hex() {
        return text.substring("sha256:".length());
    }

    @Override
    public String toString() {
        return text;
    }
}

package dev.cove.core;

import java.util.regex.Pattern;

/// Whom a VM belongs to: a user of the host, or the owner that a token was made for.
public record Owner(String text) implements Comparable<Owner> {
    private static final Pattern FORM = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.@-]{0,62}");

    public Owner {
        if (!FORM.matcher(text).matches()) {
            throw CoveException.invalid(
                    "not an owner: \""
                            + Printable.of(text, 80)
                            + "\"; use 1 to 63 letters, digits and _ . @ -");
        }
    }

    @Override
    public int compareTo(Owner other) {
        return text.compareTo(other.text);
    }

    @Override
    public String toString() {
        return text;
    }
}

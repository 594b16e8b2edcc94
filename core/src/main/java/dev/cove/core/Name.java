package dev.cove.core;

import java.util.regex.Pattern;

/// The name of a VM or an image: a DNS label, so that it can stand in a host name, a path and an
/// argument without quoting.
public record Name(String text) implements Comparable<Name> {
    private static final Pattern FORM = Pattern.compile("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?");

    public Name {
        if (!FORM.matcher(text).matches()) {
            throw CoveException.invalid(
                    "not a name: \""
                            + Printable.of(text, 80)
                            + "\"; use 1 to 63 of a-z, 0-9 and -, not - at either end");
        }
    }

    public static boolean fits(String text) {
        return FORM.matcher(text).matches();
    }

    @Override
    public int compareTo(Name other) {
        return text.compareTo(other.text);
    }

    @Override
    public String toString() {
        return text;
    }
}

package dev.cove.core;

import java.util.random.RandomGenerator;
import java.util.regex.Pattern;

/// What a VM is called for good: `vm-` and eight characters. Folders, taps and processes carry it,
/// since a name can change.
public record VmId(String text) implements Comparable<VmId> {
    private static final Pattern FORM = Pattern.compile("vm-[a-z0-9]{8}");
    private static final String ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789";

    public VmId {
        if (!FORM.matcher(text).matches()) {
            throw CoveException.invalid("not a VM id: \"" + Printable.of(text, 40) + "\"");
        }
    }

    public static boolean fits(String text) {
        return FORM.matcher(text).matches();
    }

    public static VmId random(RandomGenerator random) {
        var text = new StringBuilder("vm-");
        random.ints(8, 0, ALPHABET.length()).forEach(i -> text.append(ALPHABET.charAt(i)));
        return new VmId(text.toString());
    }

    /// The part after `vm-`: what fits into the 15 characters of an interface name.
    public String shortText() {
        return text.substring(3);
    }

    @Override
    public int compareTo(VmId other) {
        return text.compareTo(other.text);
    }

    @Override
    public String toString() {
        return text;
    }
}

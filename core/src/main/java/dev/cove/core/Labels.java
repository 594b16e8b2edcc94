package dev.cove.core;

import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/// What a user sticks on a VM to find it again: at most 32 pairs, in the order of their keys.
public record Labels(Map<String, String> pairs) {
    private static final Pattern KEY =
            Pattern.compile("[A-Za-z0-9]([A-Za-z0-9._/-]{0,61}[A-Za-z0-9])?");
    private static final Pattern VALUE = Pattern.compile("[A-Za-z0-9._:/@+=, -]{0,127}");
    private static final int MOST = 32;

    public static final Labels NONE = new Labels(Map.of());

    public Labels {
        if (pairs.size() > MOST) {
            throw CoveException.invalid(
                    pairs.size() + " labels are too many; " + MOST + " is the most");
        }
        pairs.forEach(Labels::check);
        pairs = java.util.Collections.unmodifiableSortedMap(new TreeMap<>(pairs));
    }

    /// Whether all of the other's pairs are here too.
    public boolean has(Labels others) {
        return pairs.entrySet().containsAll(others.pairs.entrySet());
    }

    private static void check(String key, String value) {
        if (!KEY.matcher(key).matches()) {
            throw CoveException.invalid("not a label's key: \"" + Printable.of(key, 80) + "\"");
        }
        if (!VALUE.matcher(value).matches()) {
            throw CoveException.invalid(
                    "not a value for label " + key + ": \"" + Printable.of(value, 80) + "\"");
        }
    }
}

package dev.cove.core;

import java.util.random.RandomGenerator;
import java.util.regex.Pattern;

/// What a snapshot is called for good: `sn-` and eight characters. Its folder carries it.
public record SnapshotId(String text) implements Comparable<SnapshotId> {
    private static final Pattern FORM = Pattern.compile("sn-[a-z0-9]{8}");

    public SnapshotId {
        if (!fits(text)) {
            throw CoveException.invalid("not a snapshot id: \"" + Printable.of(text, 40) + "\"");
        }
    }

    public static boolean fits(String text) {
        return FORM.matcher(text).matches();
    }

    public static SnapshotId random(RandomGenerator random) {
        return new SnapshotId("sn-" + VmId.random(random).shortText());
    }

    @Override
    public int compareTo(SnapshotId other) {
        return text.compareTo(other.text);
    }

    @Override
    public String toString() {
        return text;
    }
}

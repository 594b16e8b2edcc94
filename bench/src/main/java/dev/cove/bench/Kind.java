package dev.cove.bench;

import dev.cove.client.Creation;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What the VMs of a section are: an image and an amount of memory; one processor.
record Kind(String image, int mebibytes) {
    static final Kind SLIM = new Kind("debian-slim", 256);

    /// Booted, even where a template would be faster.
    Creation cold(String name) {
        return creation(name, List.of(), true, true);
    }

    /// The same, with someone to be let in besides the daemon.
    Creation cold(String name, String key) {
        return creation(name, List.of(key), true, true);
    }

    /// Forked of a template where there is one.
    Creation forked(String name) {
        return creation(name, List.of(), false, true);
    }

    /// Written down and not started.
    Creation stopped(String name) {
        return creation(name, List.of(), true, false);
    }

    private Creation creation(String name, List<String> keys, boolean cold, boolean start) {
        return new Creation(
                Optional.of(name),
                Optional.of(image),
                Optional.of(1),
                Optional.of(mebibytes + "M"),
                Optional.empty(),
                Optional.empty(),
                keys,
                Map.of(),
                cold,
                start);
    }

    @Override
    public String toString() {
        return image + " with " + mebibytes + " MiB";
    }
}

package dev.cove.images;

import dev.cove.core.port.Snapshots;
import java.nio.file.Path;
import java.util.Locale;

/// A file of a VM in an export, in the order in which they come there.
enum ExportPart {
    DISK(1, true),
    STATE(2, false),
    MEMORY(3, true);

    /// Marks the end of all parts.
    static final int END = 0;

    /// The most that one piece of a part holds.
    static final int LARGEST_PIECE = 1 << 20;

    private final int number;
    private final boolean sparse;

    ExportPart(int number, boolean sparse) {
        this.number = number;
        this.sparse = sparse;
    }

    int number() {
        return number;
    }

    /// Whether what is left out is zeros; else nothing may be.
    boolean sparse() {
        return sparse;
    }

    Path in(Snapshots.Files files) {
        return switch (this) {
            case DISK -> files.disk();
            case STATE -> files.state();
            case MEMORY -> files.memory();
        };
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}

package dev.cove.bench;

import java.util.List;
import java.util.function.Consumer;

/// A group of figures that are measured together, by the name that `bench/run` takes.
interface Section {
    String name();

    /// One line for `bench/run --list`.
    String about();

    /// Whether it is left out when no section is named: for what installs or builds more than Cove
    /// needs.
    default boolean onlyWhenNamed() {
        return false;
    }

    /// How often each side runs unless `--runs` says.
    default int usualRuns() {
        return 10;
    }

    /// Measures; leaves nothing behind, however it ends.
    ///
    /// @param progress hears of each step
    List<Figure> measure(Turns turns, Consumer<String> progress) throws Exception;
}

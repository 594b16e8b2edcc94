package dev.cove.daemon.config;

import java.nio.file.Path;

/// A value as it was written, and where.
record Value(String text, Source source) {
    /// Where a value came from; prints as `--print-config` and error messages show it.
    sealed interface Source {
        record Usual() implements Source {
            @Override
            public String toString() {
                return "default";
            }
        }

        record File(Path path, int line) implements Source {
            @Override
            public String toString() {
                return path + ":" + line;
            }
        }

        record Environment(String variable) implements Source {
            @Override
            public String toString() {
                return variable;
            }
        }

        record Flag(String flag) implements Source {
            @Override
            public String toString() {
                return flag;
            }
        }
    }
}

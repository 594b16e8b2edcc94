package dev.cove.cli;

import java.io.IOException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// Something that `cove` can do.
interface Verb {
    /// Its options, arguments and help. The name is set by whoever has it.
    CommandSpec spec();

    /// Does it.
    ///
    /// @return the exit code
    /// @throws dev.cove.core.CoveException what the user is told, on one line
    int run(ParseResult given, Surroundings here) throws IOException, InterruptedException;

    /// The exit code for a failure of Cove's own, where 1 could be mistaken for somebody else's.
    default int failure() {
        return 1;
    }
}

package dev.cove.network;

import dev.cove.core.CoveException;
import dev.cove.platform.Command;
import dev.cove.platform.CommandException;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/// Where programs run: in the network namespace of this process, or in a named one.
///
/// @param prefix what stands before each command
public record Place(List<String> prefix) {
    private static final Duration LIMIT = Duration.ofSeconds(10);

    public Place {
        prefix = List.copyOf(prefix);
    }

    /// The network namespace of this process.
    public static Place here() {
        return new Place(List.of());
    }

    /// The network namespace that `ip netns add` made.
    public static Place namespace(String name) {
        return new Place(List.of("ip", "netns", "exec", new Device(name).name()));
    }

    /// Runs a program to its end and answers how it ended.
    ///
    /// @throws CoveException UNAVAILABLE when it cannot be started or takes too long
    Command.Result run(String input, String... line) {
        var whole = Stream.concat(prefix.stream(), Stream.of(line)).toList();
        try {
            return Command.of(whole).within(LIMIT).reading(input).run();
        } catch (CommandException e) {
            throw CoveException.unavailable(
                    "the network needs "
                            + line[0]
                            + ", and it does not run: "
                            + e.getMessage()
                            + "; see what is missing: cove doctor",
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw CoveException.unavailable(
                    "the network was left as it is: interrupted at " + line[0], e);
        }
    }
}

package dev.cove.core.control;

import java.time.Duration;

/// How long the control waits for what may never come.
///
/// @param word from the machine's start to the guest's first word
/// @param command from there to a command that has run
/// @param kill for a killed process to be gone
/// @param retry before a clean-up that failed is tried again; doubled each time up to a minute
/// @param look how often a VM that rests is looked at without any reason
/// @param turn for how long one whose guest gets ready keeps others from beginning
public record Limits(
        Duration word,
        Duration command,
        Duration kill,
        Duration retry,
        Duration look,
        Duration turn) {
    /// Longer than it takes a guest that is well: a fork of a Debian with systemd, beside three
    /// others, on two busy processors under emulation: 11 s, and one in twenty 16 s.
    private static final Duration TURN = Duration.ofSeconds(20);

    /// Wide enough for a Debian with systemd under emulation on a busy host.
    public static final Limits USUAL =
            new Limits(
                    Duration.ofSeconds(120),
                    Duration.ofSeconds(240),
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(1),
                    Duration.ofMinutes(1),
                    TURN);
}

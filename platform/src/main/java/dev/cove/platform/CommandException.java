package dev.cove.platform;

import java.time.Duration;

/// A program could not be started, took too long, or failed.
public final class CommandException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final boolean late;

    public CommandException(Command command, String why) {
        this(command, why, false);
    }

    private CommandException(Command command, String why, boolean late) {
        super(command.line().getFirst() + ": " + why);
        this.late = late;
    }

    static CommandException late(Command command, Duration limit) {
        return new CommandException(
                command, "it took longer than " + limit.toSeconds() + " s", true);
    }

    /// Whether it ran, and was ended because its time was over.
    public boolean isLate() {
        return late;
    }
}

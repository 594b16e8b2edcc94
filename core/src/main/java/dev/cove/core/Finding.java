package dev.cove.core;

/// One line of `cove doctor`.
///
/// @param subject what was looked at: `kvm`, `qemu`, `data folder`
/// @param remedy what to do about it; empty when nothing needs doing
public record Finding(Level level, String subject, String says, String remedy) {
    /// How bad it is.
    public enum Level {
        OK,
        /// It works, but not as well as it could.
        NOTE,
        /// Something will not work.
        PROBLEM
    }

    public static Finding ok(String subject, String says) {
        return new Finding(Level.OK, subject, says, "");
    }

    public static Finding note(String subject, String says, String remedy) {
        return new Finding(Level.NOTE, subject, says, remedy);
    }

    public static Finding problem(String subject, String says, String remedy) {
        return new Finding(Level.PROBLEM, subject, says, remedy);
    }
}

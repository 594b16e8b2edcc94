package dev.cove.core;

import java.util.Locale;

/// What a VM's present launch began with.
public enum Origin {
    /// It was booted, from a disk of its own.
    COLD,
    /// A fork of a template.
    TEMPLATE,
    /// A fork of a template that stood by, and was told who it is when it was wanted.
    STANDBY,
    /// A copy of another VM, as that one ran.
    FORK,
    /// A snapshot, of itself or another VM.
    SNAPSHOT,
    /// What it was when it was put to sleep.
    SLEEP,
    /// A file that it was exported to.
    IMPORT;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}

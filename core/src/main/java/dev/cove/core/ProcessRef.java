package dev.cove.core;

/// One process for good: a pid can be used again, a pid with its start time cannot.
///
/// @param startTicks field 22 of `/proc/<pid>/stat` (proc_pid_stat(5)): clock ticks since boot
public record ProcessRef(long pid, long startTicks) {}

/// What any program on Linux may want of it: child processes, FFM calls, sockets, things to close.
/// Knows no VM. Start with [Command] and [Closer].
@NullMarked
package dev.cove.platform;

import org.jspecify.annotations.NullMarked;

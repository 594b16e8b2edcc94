/// A client of Cove's HTTP API for the command line and for programs: HTTP/1.1 and WebSocket by
/// hand, because a command that lives 60 ms cannot afford to load a library. Knows the JDK and the
/// values of `core`. Start with [CoveClient].
@NullMarked
package dev.cove.client;

import org.jspecify.annotations.NullMarked;

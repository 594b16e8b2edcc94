/// The daemon: its parts, put together by plain constructor calls. Start with [Daemon].
@NullMarked
package dev.cove.daemon;

import org.jspecify.annotations.NullMarked;

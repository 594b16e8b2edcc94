/// Tar archives, read as if a stranger had made them, and written so that every `tar` reads them.
/// Knows no file system: nothing here makes a file. Start with [TarReader].
@NullMarked
package dev.cove.tar;

import org.jspecify.annotations.NullMarked;

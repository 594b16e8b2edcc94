/// Measures Cove's figures (`bench/run`): each is a ratio of two sides that ran in turn, inside one
/// run, on one machine. Knows Cove by its command line and its API alone. Start at `Bench`; a new
/// figure is a new `Section`.
@NullMarked
package dev.cove.bench;

import org.jspecify.annotations.NullMarked;

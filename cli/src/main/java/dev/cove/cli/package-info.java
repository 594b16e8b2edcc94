/// The command line: one class per verb, each with its options, its help and what it does through
/// `client`. What a command costs to start decides how things are written here: options are built,
/// not annotated, and only the verb that is called is loaded. Start with [Cli] and [Verbs].
@NullMarked
package dev.cove.cli;

import org.jspecify.annotations.NullMarked;

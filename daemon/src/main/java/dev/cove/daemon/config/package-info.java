/// The daemon's settings: one YAML file, the environment, flags, in that order of precedence.
/// [Configuration] gathers them and knows where each one came from, [Settings] is what the wiring
/// reads, [Logging] sets the log up.
@NullMarked
package dev.cove.daemon.config;

import org.jspecify.annotations.NullMarked;

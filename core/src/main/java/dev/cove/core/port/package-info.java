/// What Cove needs of the outside: one interface for each thing that another module provides. Their
/// methods say what they MUST do; a contract test holds the fake and the real thing to it.
@NullMarked
package dev.cove.core.port;

import org.jspecify.annotations.NullMarked;

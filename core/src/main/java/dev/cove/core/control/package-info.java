/// How what is asked for becomes what is there: [Vms] takes requests, [VmBook] writes them down, a
/// [VmActor] for each VM looks, plans ([Planner]) and takes one step at a time. [Keeper] runs the
/// actors and sweeps what belongs to nobody. Start with [Planner].
@NullMarked
package dev.cove.core.control;

import org.jspecify.annotations.NullMarked;

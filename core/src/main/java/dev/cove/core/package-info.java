/// The domain's values, records and errors: what a VM, a size, a name, an address may be. Depends
/// on the JDK and JSpecify only. Start with [Vm]; what Cove needs of the outside is in `port`, what
/// it does with it in `control`.
@NullMarked
package dev.cove.core;

import org.jspecify.annotations.NullMarked;

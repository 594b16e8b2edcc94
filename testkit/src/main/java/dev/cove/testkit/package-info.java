/// Fakes of the ports, and the contracts that fakes and real adapters are both held to. Start with
/// [StoreContract] and [MemoryStore]. Real guests of tests are made of [DebianPackages].
@NullMarked
package dev.cove.testkit;

import org.jspecify.annotations.NullMarked;

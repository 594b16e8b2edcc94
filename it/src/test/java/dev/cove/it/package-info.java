/// System tests: the packaged daemon, real VMs, and what a user of them sees. They need root, QEMU
/// and a network namespace of their own, as `./check` makes it. Start with [RealDaemon].
@NullMarked
package dev.cove.it;

import org.jspecify.annotations.NullMarked;

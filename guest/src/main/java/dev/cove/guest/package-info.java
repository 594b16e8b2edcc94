/// What runs inside a VM before its own init: kernel and initramfs assembly, the first process, the
/// identity and the channel. The guest's half is two shell scripts among the resources (`init`,
/// `agent`). Start with [GuestBoot].
@NullMarked
package dev.cove.guest;

import org.jspecify.annotations.NullMarked;

/// The ways into a VM. Today: the daemon's own SSH connections, which run commands in guests. Knows
/// core's ports and Apache MINA SSHD; knows no VMM, disk or network. Start at `SshGuestShell`.
@NullMarked
package dev.cove.doors;

import org.jspecify.annotations.NullMarked;

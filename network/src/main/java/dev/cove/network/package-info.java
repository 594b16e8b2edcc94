/// The bridge that VMs stand on, their taps, and the firewall around them: [BridgeNetwork] does
/// what [dev.cove.core.port.Network] asks for, by `ip` ([Ip]) and `nft` ([Nft]); [Ruleset] is the
/// firewall as text. Knows no VM but its id, address and owner.
@NullMarked
package dev.cove.network;

import org.jspecify.annotations.NullMarked;

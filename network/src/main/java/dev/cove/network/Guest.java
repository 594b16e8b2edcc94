package dev.cove.network;

import dev.cove.core.Ipv4;
import dev.cove.core.Mac;
import dev.cove.core.Owner;

/// What the firewall knows of a VM.
///
/// @param tag the owner as a number, to mark its packets with; 1 or more, the same for all that
///   belong to one owner
record Guest(Device tap, Ipv4 address, Owner owner, int tag) {
    Mac mac() {
        return Mac.of(address);
    }
}

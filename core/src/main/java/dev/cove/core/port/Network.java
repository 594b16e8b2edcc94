package dev.cove.core.port;

import dev.cove.core.Finding;
import dev.cove.core.Ipv4;
import dev.cove.core.Owner;
import dev.cove.core.Subnet;
import dev.cove.core.VmId;
import java.util.List;
import java.util.Set;

/// The bridge, its taps and its firewall.
public interface Network {
    Subnet subnet();

    /// Makes bridge, routing and firewall as they have to be, whatever is there. Idempotent, cheap
    /// when nothing is amiss, and repairs what somebody else took away, the taps' rules included.
    ///
    /// @throws dev.cove.core.CoveException CONFLICT when the subnet overlaps a route of the host
    void ensure();

    /// Makes a VM's tap, and plugs it into the bridge with its rules if that is wanted; one that is
    /// plugged in and is not to be is unplugged. Idempotent.
    Tap attach(Attachment attachment);

    /// Takes a VM's tap and its rules away; nothing when there are none.
    void detach(VmId id);

    /// The VMs that have a tap here, with or without a record.
    Set<VmId> attached();

    List<Finding> examine();

    /// @param user the id of the user that may open the tap
    /// @param plugged whether it is on the bridge; while it is not, no frame gets in or out, and
    ///   nobody sees a link that is down
    record Attachment(VmId id, Ipv4 address, Owner owner, int user, boolean plugged) {}
}

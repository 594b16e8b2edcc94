package dev.cove.core.control;

import dev.cove.core.CoveException;
import dev.cove.core.Ipv4;
import dev.cove.core.Subnet;
import dev.cove.core.VmId;
import dev.cove.core.port.Store;
import dev.cove.core.port.Store.Guard;
import dev.cove.core.port.Store.Outcome;
import dev.cove.core.port.Store.Write;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/// Which VM has which address. An address is a key in the store, so that the store itself refuses
/// to hand it out twice; a VM keeps its own until it is destroyed.
public final class Leases {
    static final String PREFIX = "address/";

    private final Store store;
    private final Subnet subnet;
    private final Ipv4 first;
    private final AtomicLong changes = new AtomicLong();
    private final Map<VmId, Ipv4> held = new ConcurrentHashMap<>();
    private final Map<Ipv4, VmId> holders = new ConcurrentHashMap<>();

    /// @param first the lowest address to hand out
    public Leases(Store store, Subnet subnet, Ipv4 first) {
        if (!subnet.contains(first) || first.compareTo(subnet.host()) <= 0) {
            throw CoveException.invalid(
                    "the first address to lease, "
                            + first
                            + ", is not above the host's in "
                            + subnet);
        }
        this.store = store;
        this.subnet = subnet;
        this.first = first;
        for (var entry : store.range(PREFIX)) {
            note(Ipv4.parse(entry.key().substring(PREFIX.length())), new VmId(entry.document()));
        }
    }

    public Optional<Ipv4> of(VmId id) {
        return Optional.ofNullable(held.get(id));
    }

    /// How often a VM has got or lost its address.
    long changes() {
        return changes.get();
    }

    public int count() {
        return held.size();
    }

    /// The VM's address: the one it has, or the lowest free one.
    ///
    /// @throws CoveException UNAVAILABLE when all are taken
    public Ipv4 lease(VmId id) {
        var own = held.get(id);
        if (own != null) {
            return own;
        }
        for (var address = first;
                address.compareTo(subnet.broadcast()) < 0;
                address = address.plus(1)) {
            if (!holders.containsKey(address) && take(address, id)) {
                return address;
            }
        }
        throw CoveException.unavailable(
                "every address of "
                        + subnet
                        + " from "
                        + first
                        + " on is leased; destroy a VM or give the daemon a larger subnet");
    }

    private boolean take(Ipv4 address, VmId id) {
        var key = PREFIX + address;
        var outcome =
                store.commit(List.of(Guard.absent(key)), List.of(new Write.Put(key, id.text())));
        return switch (outcome) {
            case Outcome.Committed(_) -> {
                note(address, id);
                yield true;
            }
            case Outcome.Refused(_) -> {
                store.get(key).ifPresent(e -> note(address, new VmId(e.document())));
                yield false;
            }
        };
    }

    /// What to write to give a VM's address back, in the same commit that forgets the VM.
    List<Write> release(VmId id) {
        return of(id).<List<Write>>map(a -> List.of(new Write.Delete(PREFIX + a)))
                .orElse(List.of());
    }

    /// To be called when that commit has happened.
    void released(VmId id) {
        var address = held.remove(id);
        if (address != null) {
            holders.remove(address);
            changes.incrementAndGet();
        }
    }

    /// Gives back the addresses of VMs that are no more.
    void releaseAllBut(Set<VmId> known) {
        for (var id : List.copyOf(held.keySet())) {
            if (!known.contains(id)) {
                store.commit(List.of(), release(id));
                released(id);
            }
        }
    }

    private void note(Ipv4 address, VmId id) {
        held.put(id, address);
        holders.put(address, id);
        changes.incrementAndGet();
    }
}

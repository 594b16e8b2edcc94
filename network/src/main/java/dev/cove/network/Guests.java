package dev.cove.network;

import dev.cove.core.Ipv4;
import dev.cove.core.Owner;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/// The guests that are to be on the bridge, in memory. Each change has a number, so that whoever
/// wrote all of them down can see whether one came in between.
final class Guests {
    private final SortedMap<Device, Guest> byTap = new TreeMap<>();
    private long version;
    private int lastTag;

    /// A guest is to be there.
    synchronized Put put(Device tap, Ipv4 address, Owner owner) {
        var guest = new Guest(tap, address, owner, tagOf(owner));
        var before = Optional.ofNullable(byTap.put(tap, guest));
        version++;
        return new Put(guest, before.isPresent() && !before.get().equals(guest));
    }

    /// A guest of an earlier daemon, as the kernel has it; one that was put here counts more.
    synchronized void adopt(Guest guest) {
        byTap.putIfAbsent(guest.tap(), guest);
        lastTag = Math.max(lastTag, guest.tag());
        version++;
    }

    synchronized Optional<Guest> remove(Device tap) {
        version++;
        return Optional.ofNullable(byTap.remove(tap));
    }

    synchronized Snapshot snapshot() {
        return new Snapshot(version, List.copyOf(byTap.values()));
    }

    private int tagOf(Owner owner) {
        // A tag is never given to somebody else: packets of the one before may still be on the way.
        return byTap.values().stream()
                .filter(g -> g.owner().equals(owner))
                .mapToInt(Guest::tag)
                .findFirst()
                .orElseGet(() -> ++lastTag);
    }

    /// @param changed whether this tap was there with another address or owner
    record Put(Guest guest, boolean changed) {}

    /// All guests by the names of their taps, at one moment.
    record Snapshot(long version, List<Guest> guests) {}
}

package dev.cove.network;

import dev.cove.core.CoveException;
import dev.cove.core.CoveException.Kind;
import dev.cove.core.Ipv4;
import dev.cove.core.Owner;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Keeps the kernel's rules as `Ruleset` and `Guests` say. Small changes add and take elements;
/// whenever one does not go in, everything is written anew.
final class Firewall {
    private static final List<String> FAMILIES = List.of("bridge", "inet");

    private final Nft nft;
    private final Ruleset ruleset;
    private final Guests guests;

    /// What the kernel printed after the last time that everything was written; null before.
    private volatile @Nullable List<List<String>> frame;

    Firewall(Nft nft, Ruleset ruleset, Guests guests) {
        this.nft = nft;
        this.ruleset = ruleset;
        this.guests = guests;
    }

    void add(Guests.Put put) {
        if (put.changed() || !nft.tryToApply(ruleset.adding(put.guest()))) {
            write();
        }
    }

    void remove(Guest guest) {
        if (!nft.tryToApply(ruleset.removing(guest))) {
            write();
        }
    }

    /// Compares with the kernel and writes everything anew where it differs.
    ///
    /// @param isThere which taps exist, for those of an earlier daemon
    void ensure(Predicate<Device> isThere) {
        if (frame == null) {
            adopt(isThere);
            write();
            frame = written();
        } else if (!isRight()) {
            write();
        }
    }

    /// Whether the kernel's rules are Cove's, elements included.
    boolean isRight() {
        var before = guests.snapshot();
        var found = FAMILIES.stream().map(nft::list).toList();
        if (guests.snapshot().version() != before.version()) {
            // Somebody attaches at this moment, and repairs what is amiss: do not disturb.
            return true;
        }
        return found.stream().allMatch(Optional::isPresent)
                && (frame == null || frames(found).equals(frame))
                && found.getFirst().orElseThrow().elements().equals(elements(before.guests()));
    }

    private void write() {
        Guests.Snapshot snapshot;
        do {
            snapshot = guests.snapshot();
            nft.apply(ruleset.whole(snapshot.guests()));
            // A guest that came in between went in before this was written, and out with it.
        } while (snapshot.version() != guests.snapshot().version());
    }

    private List<List<String>> written() {
        var found = FAMILIES.stream().map(nft::list).toList();
        if (!found.stream().allMatch(l -> l.isPresent() && l.get().hasRules())) {
            throw new CoveException(
                    Kind.UNAVAILABLE,
                    "the firewall was written and is not there; does something flush nftables?"
                            + " See: nft monitor");
        }
        return frames(found);
    }

    private static List<List<String>> frames(List<Optional<Listing>> found) {
        return found.stream().map(l -> l.orElseThrow().frame()).toList();
    }

    /// The guests of an earlier daemon stay connected until their VMs are attached again.
    private void adopt(Predicate<Device> isThere) {
        var table = nft.list("bridge");
        if (table.isEmpty()) {
            return;
        }
        var owners =
                table.get().of(Ruleset.OWNERS).stream()
                        .filter(e -> e.size() == 3)
                        .collect(Collectors.toMap(List::getFirst, Function.identity()));
        for (var sender : table.get().of(Ruleset.SENDERS)) {
            var owner = owners.get(sender.getFirst());
            if (owner != null) {
                guest(sender, owner).filter(g -> isThere.test(g.tap())).ifPresent(guests::adopt);
            }
        }
    }

    private static Optional<Guest> guest(List<String> sender, List<String> owner) {
        if (sender.size() != 3 || Device.vmOf(sender.getFirst()).isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(
                    new Guest(
                            new Device(sender.getFirst()),
                            Ipv4.parse(sender.get(2)),
                            new Owner(owner.get(2)),
                            Integer.parseInt(owner.get(1))));
        } catch (CoveException | NumberFormatException e) {
            // Not ours, or of a daemon of another version: its VM's attach writes it anew.
            return Optional.empty();
        }
    }

    private static Map<String, Set<List<String>>> elements(List<Guest> guests) {
        return Map.of(
                Ruleset.SENDERS,
                each(guests, g -> List.of(name(g), g.mac().text(), g.address().toString())),
                Ruleset.RECEIVERS,
                each(guests, g -> List.of(name(g), g.mac().text())),
                Ruleset.OWNERS,
                each(guests, g -> List.of(name(g), tag(g), g.owner().text())),
                Ruleset.MEMBERS,
                each(guests, g -> List.of(name(g), tag(g))));
    }

    private static Set<List<String>> each(List<Guest> guests, Function<Guest, List<String>> of) {
        return guests.stream().map(of).collect(Collectors.toSet());
    }

    private static String name(Guest guest) {
        return guest.tap().name();
    }

    private static String tag(Guest guest) {
        return Integer.toString(guest.tag());
    }
}

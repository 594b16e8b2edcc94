package dev.cove.network;

import dev.cove.core.CoveException;
import dev.cove.core.Finding;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/// What `cove doctor` says of the network. Looks and changes nothing.
final class Examination {
    private static final String RESTART = "restart the daemon, or see its log: journalctl -u cove";

    private final NetworkSettings settings;
    private final Ip ip;
    private final Nft nft;
    private final Firewall firewall;
    private final KernelSettings kernel;

    Examination(
            NetworkSettings settings, Ip ip, Nft nft, Firewall firewall, KernelSettings kernel) {
        this.settings = settings;
        this.ip = ip;
        this.nft = nft;
        this.firewall = firewall;
        this.kernel = kernel;
    }

    /// @param ensured whether the network was made; before, its absence is no fault
    List<Finding> findings(boolean ensured) {
        var findings = new ArrayList<Finding>();
        try {
            var links = ip.look();
            findings.add(subnet(links));
            findings.add(bridge(links, ensured));
            if (links.has(settings.device())) {
                findings.add(forwarding());
            }
        } catch (CoveException e) {
            findings.add(
                    Finding.problem(
                            "ip", e.sentence(), "apt-get install iproute2, and run as root"));
        }
        try {
            findings.add(firewall(ensured));
            findings.addAll(allowed());
            findings.addAll(foreignFirewalls());
        } catch (CoveException e) {
            findings.add(
                    Finding.problem(
                            "nft", e.sentence(), "apt-get install nftables, and run as root"));
        }
        return List.copyOf(findings);
    }

    private Finding subnet(Links links) {
        var overlapping = links.overlapping(settings);
        return overlapping.isEmpty()
                ? Finding.ok("subnet", settings.subnet() + " overlaps no route of this machine")
                : Finding.problem(
                        "subnet",
                        Links.overlap(settings, overlapping),
                        "cove daemon --network-subnet 10.200.0.1/16");
    }

    private Finding bridge(Links links, boolean ensured) {
        var bridge = links.find(settings.device());
        if (bridge.isEmpty()) {
            return missing("bridge", settings.bridge() + " is not there", ensured);
        }
        var ports =
                links.byName().values().stream()
                        .filter(l -> l.master().filter(settings.bridge()::equals).isPresent())
                        .count();
        var says =
                "%s has %s, MTU %d and %d ports"
                        .formatted(
                                settings.bridge(),
                                links.addressesOf(settings.device()),
                                bridge.get().mtu(),
                                ports);
        var right =
                bridge.get().up()
                        && links.addressesOf(settings.device())
                                .equals(List.of(settings.subnet().toString()));
        return right
                ? Finding.ok("bridge", says)
                : Finding.problem(
                        "bridge", says + ", is it up and " + settings.subnet() + "?", RESTART);
    }

    private Finding forwarding() {
        var wrong = kernel.wrong();
        return wrong.isEmpty()
                ? Finding.ok("forwarding", "the kernel routes for guests")
                : Finding.problem(
                        "forwarding",
                        "kernel settings are not as they should be: "
                                + wrong.entrySet().stream()
                                        .map(w -> w.getKey() + " should be " + w.getValue())
                                        .collect(Collectors.joining(", ")),
                        RESTART);
    }

    private Finding firewall(boolean ensured) {
        if (nft.list("bridge").isEmpty() || nft.list("inet").isEmpty()) {
            return missing(
                    "firewall", "the tables bridge cove and inet cove are not there", ensured);
        }
        return !ensured || firewall.isRight()
                ? Finding.ok("firewall", "the tables bridge cove and inet cove are there")
                : Finding.problem(
                        "firewall",
                        "somebody changed the tables bridge cove or inet cove",
                        RESTART);
    }

    /// Doors that somebody opened on purpose are said, so that nobody has to remember them.
    private List<Finding> allowed() {
        var findings = new ArrayList<Finding>();
        var ports = settings.allowed().hostPorts();
        if (!ports.isEmpty()) {
            findings.add(
                    Finding.ok(
                            "firewall",
                            "guests may reach this machine at "
                                    + settings.subnet().host()
                                    + ", ports "
                                    + ports.stream()
                                            .map(HostPort::toString)
                                            .collect(Collectors.joining(", "))
                                    + " (network.allow-host-ports)"));
        }
        if (settings.allowed().betweenOwners()) {
            findings.add(
                    Finding.ok(
                            "firewall",
                            "guests of different owners may reach each other"
                                    + " (network.allow-between-owners)"));
        }
        return findings;
    }

    /// An accept of Cove's does not undo a drop of somebody else's: each table has its say.
    private List<Finding> foreignFirewalls() {
        return StreamSupport.stream(nft.chains().spliterator(), false)
                .map(entry -> entry.path("chain"))
                .filter(chain -> chain.path("hook").asString("").equals("forward"))
                .filter(chain -> chain.path("policy").asString("").equals("drop"))
                .filter(chain -> !chain.path("table").asString("").equals("cove"))
                .map(chain ->
                        Finding.note(
                                "firewall",
                                "the chain %s %s %s drops what it does not know, guests'"
                                                .formatted(
                                                        chain.path("family").asString(""),
                                                        chain.path("table").asString(""),
                                                        chain.path("name").asString(""))
                                        + " packets to the outside perhaps among them",
                                "let it accept what comes from and goes to "
                                        + settings.bridge()
                                        + "; see docs/network.md"))
                .toList();
    }

    private static Finding missing(String subject, String says, boolean ensured) {
        return ensured
                ? Finding.problem(subject, says, RESTART)
                : Finding.note(subject, says + " yet", "it is made when the daemon starts");
    }
}

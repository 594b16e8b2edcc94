package dev.cove.it;

import dev.cove.platform.Command;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/// Notes who has ever sent a frame into a bridge of this network, and by which port: the kernel
/// itself, before anybody's rules, so that nothing is missed and nothing is let through unseen
/// (nft(8), sets that are filled by rules).
final class Sniffer implements AutoCloseable {
    private static final String TABLE = "cove-sniffer";
    private static final String RULES =
            """
            table bridge %s {
                set macs { typeof iifname . ether saddr; size 65535; flags dynamic; }
                set addresses { typeof iifname . ip saddr; size 65535; flags dynamic; }
                set arps { typeof iifname . arp saddr ip; size 65535; flags dynamic; }
                chain seen {
                    type filter hook prerouting priority -1000; policy accept;
                    add @macs { iifname . ether saddr }
                    ether type ip add @addresses { iifname . ip saddr }
                    ether type arp add @arps { iifname . arp saddr ip }
                }
            }
            """
                    .formatted(TABLE);
    private static final Pattern PAIR = Pattern.compile("\"([^\"]+)\" \\. ([0-9a-f:.]+)");

    private Sniffer() {}

    static Sniffer begin() throws InterruptedException {
        Command.of("nft", "-f", "-").reading(RULES).run().orThrow();
        return new Sniffer();
    }

    /// The senders' MACs, by the port that their frames came from.
    Map<String, Set<String>> macs() throws InterruptedException {
        return seen("macs");
    }

    /// The senders' addresses, in IP and in ARP.
    Map<String, Set<String>> addresses() throws InterruptedException {
        var all = seen("addresses");
        seen("arps")
                .forEach((port, a) -> all.computeIfAbsent(port, _ -> new TreeSet<>()).addAll(a));
        return all;
    }

    private static Map<String, Set<String>> seen(String set) throws InterruptedException {
        var listed = Command.of("nft", "list", "set", "bridge", TABLE, set).run().orThrow();
        var seen = new TreeMap<String, Set<String>>();
        var pairs = PAIR.matcher(listed);
        while (pairs.find()) {
            seen.computeIfAbsent(pairs.group(1), _ -> new TreeSet<>()).add(pairs.group(2));
        }
        return seen;
    }

    @Override
    public void close() {
        try {
            Command.of("nft", "delete", "table", "bridge", TABLE).run().orThrow();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

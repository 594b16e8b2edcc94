package dev.cove.network;

import dev.cove.core.CoveException;
import dev.cove.core.CoveException.Kind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The switches of the kernel under `/proc/sys/net/ipv4` that routing for guests needs, by the
/// kernel's `ip-sysctl.rst`. Read and written by programs, since a file there belongs to the
/// network namespace of whoever opens it.
final class KernelSettings {
    static final String FORWARDING = "ip_forward";

    private static final String ROOT = "/proc/sys/net/ipv4/";

    private final Place place;

    /// In the order in which they are set: turning on forwarding resets others.
    private final List<Map.Entry<String, String>> wanted;

    KernelSettings(Place place, Device bridge) {
        this.place = place;
        var own = "conf/" + bridge.name() + "/";
        this.wanted =
                List.of(
                        Map.entry(FORWARDING, "1"),
                        Map.entry(own + "rp_filter", "1"),
                        Map.entry(own + "accept_redirects", "0"),
                        Map.entry(own + "send_redirects", "0"),
                        Map.entry(own + "accept_source_route", "0"),
                        Map.entry(own + "route_localnet", "0"),
                        Map.entry(own + "proxy_arp", "0"),
                        Map.entry(own + "arp_ignore", "1"));
    }

    void ensure() {
        for (var wrong : wrong().entrySet()) {
            var result = place.run(wrong.getValue() + "\n", "tee", ROOT + wrong.getKey());
            if (result.exit() != 0) {
                throw new CoveException(
                        Kind.UNAVAILABLE,
                        "cannot set "
                                + ROOT
                                + wrong.getKey()
                                + " to "
                                + wrong.getValue()
                                + ": "
                                + result.err().strip()
                                + "; is /proc/sys read-only here?");
            }
        }
    }

    /// Those that are not as they should be, with what they should be.
    Map<String, String> wrong() {
        var line = new ArrayList<>(List.of("cat"));
        wanted.forEach(w -> line.add(ROOT + w.getKey()));
        var result = place.run("", line.toArray(String[]::new));
        var values = result.out().lines().toList();
        if (result.exit() != 0 || values.size() != wanted.size()) {
            throw new CoveException(
                    Kind.UNAVAILABLE,
                    "cannot read the kernel's network settings: " + result.err().strip());
        }
        var wrong = new LinkedHashMap<String, String>();
        for (var i = 0; i < values.size(); i++) {
            if (!values.get(i).equals(wanted.get(i).getValue())) {
                wrong.put(wanted.get(i).getKey(), wanted.get(i).getValue());
            }
        }
        return wrong;
    }
}

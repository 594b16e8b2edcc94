package dev.cove.network;

import java.util.List;

/// What guests may reach beyond what every guest may, since an administrator said so.
///
/// @param hostPorts on the host's address on the bridge, which guests know as their gateway
/// @param betweenOwners whether guests of different owners reach each other
public record Allowed(List<HostPort> hostPorts, boolean betweenOwners) {
    public static final Allowed NOTHING = new Allowed(List.of(), false);

    public Allowed {
        hostPorts = hostPorts.stream().distinct().sorted().toList();
    }
}

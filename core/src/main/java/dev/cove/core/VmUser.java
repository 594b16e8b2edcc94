package dev.cove.core;

/// The unprivileged user id of a VM's own, after its address: what escapes from one VM's process is
/// no user that another VM's files belong to.
public final class VmUser {
    private static final int FIRST = 200_000;

    private VmUser() {}

    public static int of(Subnet subnet, Ipv4 address) {
        return FIRST + subnet.offsetOf(address);
    }
}

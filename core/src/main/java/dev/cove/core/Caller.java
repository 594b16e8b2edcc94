package dev.cove.core;

/// Who asks. An administrator sees every VM, anyone else their own; the VMs of others do not exist
/// for them.
public record Caller(Owner owner, boolean administrator) {
    public boolean maySee(Owner other) {
        return administrator || owner.equals(other);
    }
}

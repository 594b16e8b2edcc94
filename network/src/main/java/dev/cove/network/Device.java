package dev.cove.network;

import dev.cove.core.CoveException;
import dev.cove.core.Printable;
import dev.cove.core.VmId;
import java.util.Optional;
import java.util.regex.Pattern;

/// The name of a network interface: at most 15 characters, none of which means anything to `ip`,
/// `nft` or a path.
record Device(String name) implements Comparable<Device> {
    /// What the names of all taps begin with.
    static final String TAP_PREFIX = "cv-";

    private static final Pattern FORM = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_-]{0,14}");

    Device {
        if (!FORM.matcher(name).matches()) {
            throw CoveException.invalid(
                    "not a network interface's name: \""
                            + Printable.of(name, 40)
                            + "\"; use 1 to 15 letters, digits, _ and -");
        }
    }

    static Device tapOf(VmId id) {
        return new Device(TAP_PREFIX + id.shortText());
    }

    /// The VM that a tap of this name would belong to.
    static Optional<VmId> vmOf(String name) {
        var id = "vm-" + name.substring(Math.min(name.length(), TAP_PREFIX.length()));
        return name.startsWith(TAP_PREFIX) && VmId.fits(id)
                ? Optional.of(new VmId(id))
                : Optional.empty();
    }

    @Override
    public int compareTo(Device other) {
        return name.compareTo(other.name);
    }

    @Override
    public String toString() {
        return name;
    }
}

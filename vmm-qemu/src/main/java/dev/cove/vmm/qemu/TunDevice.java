package dev.cove.vmm.qemu;

import dev.cove.core.CoveException;
import dev.cove.core.Finding;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// `/dev/net/tun`, through which a VMM opens the tap that is its user's.
///
/// Mode 0666 is what udev gives it, and there is no harm in that: whoever has no CAP_NET_ADMIN gets
/// only to taps that were given to them (kernel, `networking/tuntap`). Where no udev runs, only
/// root may open it, and then this opens it up.
record TunDevice(Path path) {
    private static final int OTHERS_MAY = 0006;

    static TunDevice usual() {
        return new TunDevice(Path.of("/dev/net/tun"));
    }

    /// @throws CoveException UNAVAILABLE when it is not there or not ours to open up
    void openUp() {
        try {
            var mode = mode();
            if (Users.isRoot() && (mode & OTHERS_MAY) != OTHERS_MAY) {
                Files.setAttribute(path, "unix:mode", (mode & 07777) | 0666);
            }
        } catch (IOException e) {
            throw CoveException.unavailable(
                    path + " cannot be used (" + e.getMessage() + "); load the kernel module tun",
                    e);
        }
    }

    Finding examine() {
        try {
            return (mode() & OTHERS_MAY) == OTHERS_MAY
                    ? Finding.ok("tun", path + " can be opened by every VMM")
                    : Finding.note(
                            "tun",
                            path
                                    + " can be opened by root only; the first start of a VM gives it mode 0666",
                            "chmod 0666 " + path);
        } catch (IOException e) {
            return Finding.problem("tun", path + " is not there", "modprobe tun");
        }
    }

    private int mode() throws IOException {
        return (int) Files.getAttribute(path, "unix:mode");
    }
}

package dev.cove.vmm.qemu;

import dev.cove.core.CoveException;
import dev.cove.platform.Detached;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// Who we are, and as whom QEMU may run.
final class Users {
    private Users() {}

    static int own() {
        return attribute(Path.of("/proc/self"), "unix:uid");
    }

    static boolean isRoot() {
        return own() == 0;
    }

    /// @param groups of devices that it is to open
    /// @return how QEMU becomes that user; empty when we are that user
    /// @throws CoveException INVALID for root, DENIED when we are neither root nor that user
    static Optional<Detached.User> of(int user, List<Integer> groups) {
        if (user == 0) {
            throw CoveException.invalid("QEMU is not to run as root; give it a user of its own");
        }
        if (user != own() && !isRoot()) {
            throw CoveException.denied(
                    "only root may start QEMU as user " + user + "; run the daemon as root");
        }
        return unprivileged(user, groups);
    }

    /// @param user who is meant if we are root; anybody else stays who they are
    static Optional<Detached.User> unprivileged(int user, List<Integer> groups) {
        return isRoot() ? Optional.of(new Detached.User(user, user, groups)) : Optional.empty();
    }

    private static int attribute(Path path, String name) {
        try {
            return (int) Files.getAttribute(path, name);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot look at " + path, e);
        }
    }
}

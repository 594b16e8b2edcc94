package dev.cove.api;

import dev.cove.core.Caller;
import dev.cove.core.CoveException;
import dev.cove.core.Owner;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.attribute.UserPrincipal;
import jdk.net.ExtendedSocketOptions;

/// Who is at the other end of a unix socket, as the kernel noted it when they connected
/// (SO_PEERCRED, unix(7)).
final class Peers {
    private final UserPrincipal root;
    private final UserPrincipal self;

    Peers() throws IOException {
        this.root =
                FileSystems.getDefault().getUserPrincipalLookupService().lookupPrincipalByName("0");
        var mine = Files.createTempFile("cove", "");
        this.self = Files.getOwner(mine);
        Files.delete(mine);
    }

    /// Root and the daemon's own user are administrators, anyone else owns what is theirs.
    ///
    /// @throws CoveException DENIED when the user's name cannot be an owner's
    Caller caller(SocketChannel channel) throws IOException {
        var user = channel.getOption(ExtendedSocketOptions.SO_PEERCRED).user();
        // Principals are equal when their uids are, whatever their names.
        return new Caller(owner(user.getName()), user.equals(root) || user.equals(self));
    }

    private static Owner owner(String name) {
        try {
            return new Owner(name);
        } catch (CoveException e) {
            throw new CoveException(
                    CoveException.Kind.DENIED,
                    "the user "
                            + dev.cove.core.Printable.of(name, 80)
                            + " cannot own VMs by that name; use a token over TCP",
                    e);
        }
    }
}

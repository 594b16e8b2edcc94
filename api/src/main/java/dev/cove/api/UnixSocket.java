package dev.cove.api;

import dev.cove.core.CoveException;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.unixdomain.server.UnixDomainServerConnector;

/// The API's unix socket. It is bound in a folder that only the daemon may enter and moved to its
/// place when mode and group are right, so that nobody connects who may not.
final class UnixSocket extends UnixDomainServerConnector {
    /// What the private folder adds to the path's length.
    static final String PRIVATE = "/.bind";

    private final Listen.Unix listen;

    UnixSocket(Server server, Listen.Unix listen, HttpConnectionFactory http) {
        super(server, 1, 1, http);
        this.listen = listen;
        setUnixDomainPath(listen.path());
    }

    /// @throws CoveException CONFLICT when another daemon answers there
    @Override
    protected void doStart() throws Exception {
        var path = listen.path();
        refuseIfAnswered(path);
        var folder = path.resolveSibling(PRIVATE.substring(1));
        Files.createDirectories(path.getParent());
        Files.deleteIfExists(folder.resolve(path.getFileName()));
        Files.deleteIfExists(folder);
        Files.createDirectory(
                folder,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        var bound = folder.resolve(path.getFileName());
        try {
            setUnixDomainPath(bound);
            super.doStart();
            admit(bound);
            Files.move(bound, path, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            // Closing the connector deletes the file at its path.
            setUnixDomainPath(path);
            Files.deleteIfExists(bound);
            Files.deleteIfExists(folder);
        }
    }

    private void admit(Path bound) throws IOException {
        var view = Files.getFileAttributeView(bound, PosixFileAttributeView.class);
        if (listen.group().isPresent()) {
            var name = listen.group().get();
            try {
                view.setGroup(
                        bound.getFileSystem()
                                .getUserPrincipalLookupService()
                                .lookupPrincipalByGroupName(name));
            } catch (UserPrincipalNotFoundException e) {
                throw new CoveException(
                        CoveException.Kind.INVALID,
                        "there is no group \""
                                + name
                                + "\" for the API's socket; make it with:"
                                + " groupadd --system "
                                + name,
                        e);
            }
        }
        view.setPermissions(listen.mode());
    }

    private static void refuseIfAnswered(Path path) {
        if (!Files.exists(path)) {
            return;
        }
        try (var _ = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
            throw CoveException.conflict(
                    "another daemon answers on " + path + "; stop it, or choose another socket");
        } catch (IOException e) {
            // Nobody listens: it was left behind, and will be replaced.
            return;
        }
    }
}

package dev.cove.api;

import dev.cove.core.CoveException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// Where the API listens.
///
/// @param names host names besides `localhost` that a request on TCP may be addressed to
public record Listen(Optional<Unix> unix, Optional<Tcp> tcp, List<String> names) {
    public Listen {
        names = List.copyOf(names);
    }

    /// @param path at most 107 bytes long (unix(7))
    /// @param group who may connect besides the owner: a group's name; empty is the daemon's own
    /// @param mode what the owner, the group and others may; whoever may write may connect
    public record Unix(Path path, Optional<String> group, Set<PosixFilePermission> mode) {
        private static final int LONGEST = 107 - UnixSocket.PRIVATE.length();
        private static final Set<PosixFilePermission> USUAL =
                PosixFilePermissions.fromString("rw-rw----");

        public Unix(Path path, Optional<String> group) {
            this(path, group, USUAL);
        }

        public Unix {
            mode = Set.copyOf(mode);
            path = path.toAbsolutePath();
            var length = path.toString().getBytes(StandardCharsets.UTF_8).length;
            if (length > LONGEST) {
                throw CoveException.invalid(
                        "the socket's path is "
                                + length
                                + " bytes long, and "
                                + LONGEST
                                + " is the most: "
                                + path);
            }
        }
    }

    /// @param port 0 is any free one
    public record Tcp(String host, int port, Optional<Tls> tls) {
        private static final Pattern FORM =
                Pattern.compile("(\\[[0-9a-fA-F:.%]+]|[^\\[\\]:]*):(\\d{1,5})");

        public Tcp {
            if (port < 0 || port > 65535) {
                throw CoveException.invalid("a port is between 0 and 65535, not " + port);
            }
        }

        /// Reads `127.0.0.1:7777`, `[::1]:7777` or `:7777`, which is every address.
        public static Tcp parse(String text, Optional<Tls> tls) {
            var form = FORM.matcher(text);
            if (!form.matches()) {
                throw CoveException.invalid(
                        "not an address to listen on: \""
                                + dev.cove.core.Printable.of(text, 80)
                                + "\"; write it as 127.0.0.1:7777");
            }
            var host = form.group(1).isEmpty() ? "0.0.0.0" : form.group(1);
            return new Tcp(host.replaceAll("[\\[\\]]", ""), Integer.parseInt(form.group(2)), tls);
        }
    }

    /// A certificate chain and its unencrypted key (PKCS #8), both in PEM.
    public record Tls(Path certificate, Path key) {}
}

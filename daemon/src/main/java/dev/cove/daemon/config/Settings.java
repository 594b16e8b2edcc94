package dev.cove.daemon.config;

import dev.cove.core.Bytes;
import dev.cove.core.CoveException;
import dev.cove.core.Ipv4;
import dev.cove.core.Name;
import dev.cove.core.Shape;
import dev.cove.core.Subnet;
import dev.cove.network.Allowed;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Everything that the daemon was told, checked.
///
/// @param data the folder that holds all state, absolute
/// @param listen where the API answers on TCP; empty for nowhere
/// @param tls for the TCP address
/// @param mirror of Debian's archive; empty means what the host itself uses
/// @param poolSize how far the pool of disks may grow; empty means as far as the disk goes
public record Settings(
        Path data,
        Socket socket,
        Optional<Address> listen,
        Optional<Tls> tls,
        Network network,
        Optional<URI> mirror,
        Optional<Bytes> poolSize,
        Qemu qemu,
        Defaults defaults,
        Templates templates,
        Limits limits,
        Log log) {
    // sockaddr_un holds 107 characters; the longest socket is <data>/vms/vm-xxxxxxxx/console.sock.
    private static final int LONGEST_SOCKET = 107;
    private static final int BELOW_DATA = "/vms/vm-xxxxxxxx/console.sock".length();

    public Settings {
        if (length(data) + BELOW_DATA > LONGEST_SOCKET) {
            throw CoveException.invalid(
                    "data: "
                            + data
                            + " is too long a path for the sockets below it; at most "
                            + (LONGEST_SOCKET - BELOW_DATA)
                            + " characters fit");
        }
        if (tls.isPresent() && listen.isEmpty()) {
            throw CoveException.invalid("tls: there is a certificate, but listen is none");
        }
    }

    /// The API's unix socket.
    ///
    /// @param group that may use it; empty leaves the daemon's own group
    public record Socket(Path path, Optional<String> group, Set<PosixFilePermission> mode) {
        public Socket {
            mode = Set.copyOf(mode);
            if (length(path) > LONGEST_SOCKET) {
                throw CoveException.invalid(
                        "socket.path: "
                                + path
                                + " is longer than the "
                                + LONGEST_SOCKET
                                + " characters that a socket's path may have");
            }
        }
    }

    /// A TCP address. Prints as `host:port`, an IPv6 host in brackets.
    public record Address(String host, int port) {
        @Override
        public String toString() {
            return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
        }
    }

    /// @param cert, key PEM files
    public record Tls(Path cert, Path key) {}

    /// @param first the first VM's address
    /// @param closed further addresses that no VM may reach
    /// @param allowed what VMs may reach beyond the usual
    public record Network(
            String bridge, Subnet subnet, Ipv4 first, List<Ipv4> closed, Allowed allowed) {
        public Network {
            closed = List.copyOf(closed);
            if (!subnet.contains(first)
                    || first.compareTo(subnet.host()) <= 0
                    || first.compareTo(subnet.broadcast()) >= 0) {
                throw CoveException.invalid(
                        "network.first-address: "
                                + first
                                + " is no VM's address in "
                                + subnet
                                + "; one above the bridge's own and below "
                                + subnet.broadcast()
                                + " is, if network.subnet leaves any");
            }
        }
    }

    /// @param program a name on the PATH or a path
    /// @param translated what an emulated VM's translated code may take of the host's memory
    public record Qemu(String program, Bytes translated) {
        /// With less room a guest's work is translated over and over.
        private static final Bytes LEAST = Bytes.mebibytes(16);

        private static final Bytes MOST = Bytes.gibibytes(2);

        public Qemu {
            if (translated.compareTo(LEAST) < 0 || translated.compareTo(MOST) > 0) {
                throw CoveException.invalid(
                        "qemu.translated: %s is not from %s to %s"
                                .formatted(translated, LEAST, MOST));
            }
        }
    }

    /// What a VM gets that asks for nothing else.
    public record Defaults(Name image, Shape shape, Duration grace) {}

    /// What is kept ready for VMs to come.
    ///
    /// @param make when templates are made
    /// @param standby how many VMs stand by for each; empty for as many as fit this machine
    /// @param memory what those may take; empty for a share of the machine's
    /// @param disk what templates may take; empty for a share of the pool
    public record Templates(
            Make make, Optional<Integer> standby, Optional<Bytes> memory, Optional<Bytes> disk) {
        /// When templates are made.
        public enum Make {
            /// Of what is created.
            AUTO,
            /// When somebody says so.
            MANUAL
        }
    }

    /// @param vms how many there may be
    /// @param starting how many get ready at once; empty for as many as fit this machine
    public record Limits(int vms, Optional<Integer> starting) {}

    /// How the log is written.
    public record Log(Level level, Format format) {
        /// From what severity on.
        public enum Level {
            ERROR,
            WARN,
            INFO,
            DEBUG,
            TRACE
        }

        /// How a line looks.
        public enum Format {
            PLAIN,
            JSON
        }
    }

    private static int length(Path path) {
        return path.toString().getBytes(StandardCharsets.UTF_8).length;
    }
}

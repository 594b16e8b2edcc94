package dev.cove.guest;

import dev.cove.core.CoveException;
import dev.cove.core.Ipv4;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// The name servers that a guest may ask: the host's own, but for those that only the host itself
/// reaches. Where the host asks a resolver on its loopback (systemd-resolved), those that this one
/// asks.
///
/// @param files of the form that resolv.conf(5) describes, the first one with an answer counts
record Resolvers(List<Path> files) {
    private static final String WORD = "nameserver";

    /// As many as a guest's C library looks at.
    private static final int MOST = 3;

    Resolvers {
        files = List.copyOf(files);
    }

    static Resolvers ofHost() {
        return new Resolvers(
                List.of(Path.of("/etc/resolv.conf"), Path.of("/run/systemd/resolve/resolv.conf")));
    }

    /// Those that are there now; none when the host has none that a guest can reach.
    List<Ipv4> now() {
        return files.stream()
                .map(file -> lines(file).flatMap(Resolvers::reachable).distinct().limit(MOST))
                .map(Stream::toList)
                .filter(found -> !found.isEmpty())
                .findFirst()
                .orElse(List.of());
    }

    private static Stream<String> lines(Path file) {
        try {
            return Files.readAllLines(file).stream();
        } catch (IOException e) {
            // A host without such a file has no such servers.
            return Stream.of();
        }
    }

    private static Stream<Ipv4> reachable(String line) {
        var words = line.strip().split("\\s+", 3);
        if (words.length < 2 || !words[0].equals(WORD) || isNear(words[1])) {
            return Stream.of();
        }
        try {
            return Stream.of(Ipv4.parse(words[1]));
        } catch (CoveException e) {
            // An IPv6 address, which guests have no way to.
            return Stream.of();
        }
    }

    /// Loopback is the guest's own, and link-local is closed to guests.
    private static boolean isNear(String address) {
        return address.startsWith("127.")
                || address.startsWith("169.254.")
                || address.startsWith("0.");
    }
}

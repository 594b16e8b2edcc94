package dev.cove.it;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.cove.images.Mirrors;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;

/// What system tests need of their surroundings. Where it is missing, a test is skipped and says
/// so.
final class Needs {
    /// The variable by which `./check` says that the network may be changed: it made it.
    private static final String OWN_NETWORK = "COVE_TEST_NETWORK";

    /// The variable by which `./check --slow` says that there is time.
    private static final String TIME = "COVE_TEST_SLOW";

    private static final int CONNECT_MILLIS = 5000;
    private static final Pattern PROXY = Pattern.compile("Acquire::https?::Proxy \"([^\"]+)\";");

    private Needs() {}

    /// Root, QEMU, and a network namespace that nobody else uses.
    static void realVms() {
        assumeTrue(
                "root".equals(System.getProperty("user.name")),
                "needs root, for bridges, mounts and VMs");
        assumeTrue(
                "own".equals(System.getenv(OWN_NETWORK)),
                "needs a network namespace of its own, as ./check makes it (it sets "
                        + OWN_NETWORK
                        + "=own)");
        program("qemu-system-x86_64", "qemu-system-x86");
        program("mkfs.xfs", "xfsprogs");
    }

    /// Minutes that most runs of all tests have better uses for.
    static void time(String what) {
        assumeTrue(
                "yes".equals(System.getenv(TIME)),
                what + " takes minutes; run it with: ./check --slow (it sets " + TIME + "=yes)");
    }

    static void program(String program, String debianPackage) {
        assumeTrue(
                java.util.stream.Stream.of("/usr/bin", "/usr/sbin", "/bin", "/sbin")
                        .anyMatch(f -> Files.isExecutable(Path.of(f, program))),
                "needs " + program + ": apt-get install --no-install-recommends " + debianPackage);
    }

    /// Something outside the namespace that answers: where this machine has its packages from.
    static InetSocketAddress wayOut(String what) throws InterruptedException {
        var outside = packages();
        assumeTrue(
                outside.filter(Needs::answers).isPresent(),
                what
                        + " needs a way out of the network namespace to where Debian's packages are;"
                        + " nothing answers there");
        return outside.orElseThrow();
    }

    private static Optional<InetSocketAddress> packages() throws InterruptedException {
        var mirrors = Mirrors.ofHost();
        var proxy =
                mirrors.proxies().stream()
                        .map(PROXY::matcher)
                        .filter(java.util.regex.Matcher::matches)
                        .map(m -> URI.create(m.group(1)))
                        .findFirst();
        return Optional.of(proxy.orElse(mirrors.debian())).map(Needs::address);
    }

    private static InetSocketAddress address(URI uri) {
        var usual = "https".equals(uri.getScheme()) ? 443 : 80;
        return new InetSocketAddress(uri.getHost(), uri.getPort() < 0 ? usual : uri.getPort());
    }

    private static boolean answers(InetSocketAddress address) {
        if (address.isUnresolved()) {
            return false;
        }
        try (var socket = new Socket()) {
            socket.connect(address, CONNECT_MILLIS);
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}

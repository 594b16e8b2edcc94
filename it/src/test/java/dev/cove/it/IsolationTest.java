package dev.cove.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cove.client.CoveClient;
import dev.cove.client.Creation;
import dev.cove.client.VmInfo;
import dev.cove.core.CoveException;
import dev.cove.platform.Command;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Two VMs of alice's and one of bob's, and what they can reach. In each a Dropbear listens on port
/// 22.
@Tag("vm")
@Tag("root")
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class IsolationTest {
    private static final String METADATA = "169.254.169.254";
    private static final byte[] METADATA_BYTES = {(byte) 169, (byte) 254, (byte) 169, (byte) 254};
    private static final Duration READY = Duration.ofMinutes(3);

    private static RealDaemon daemon;
    private static CoveClient alice;
    private static CoveClient bob;

    @BeforeAll
    static void create() throws Exception {
        daemon = RealDaemon.with("debian-slim");
        alice = clientOf("alice");
        bob = clientOf("bob");
        alice.create(vm("alice-1"), Duration.ZERO);
        alice.create(vm("alice-2"), Duration.ZERO);
        bob.create(vm("bob-1"), READY);
        for (var name : List.of("alice-1", "alice-2", "bob-1")) {
            daemon.cove("start", name).orThrow();
        }
    }

    private static CoveClient clientOf(String owner) {
        var token = daemon.client().createToken(owner, Optional.of(owner), false);
        return daemon.client(token.at("secret").text(""));
    }

    private static Creation vm(String name) {
        return new Creation(
                Optional.of(name),
                Optional.of("debian-slim"),
                Optional.empty(),
                Optional.of("192M"),
                Optional.empty(),
                Optional.empty(),
                List.of(),
                Map.of(),
                false,
                true);
    }

    @AfterAll
    static void close() {
        if (daemon != null) {
            daemon.close();
        }
    }

    private static String addressOf(String vm) {
        return daemon.client().vm(vm).address().orElseThrow();
    }

    @Test
    void showsAnOwnerTheirOwnVmsAlone() {
        assertThat(alice.vms(Map.of())).extracting(VmInfo::name).containsOnly("alice-1", "alice-2");
        assertThat(bob.vms(Map.of())).extracting(VmInfo::name).containsOnly("bob-1");
        Assertions.assertThatThrownBy(() -> bob.vm("alice-1"))
                .isInstanceOfSatisfying(
                        CoveException.class,
                        e -> assertThat(e.kind()).isEqualTo(CoveException.Kind.NOT_FOUND));
    }

    @Test
    void letsVmsOfOneOwnerReachEachOther() {
        assertThat(daemon.guest("alice-1").connects(addressOf("alice-2"), 22)).isTrue();
        assertThat(daemon.guest("alice-2").connects(addressOf("alice-1"), 22)).isTrue();
    }

    @Test
    void keepsVmsOfDifferentOwnersApart() {
        assertThat(daemon.guest("alice-1").connects(addressOf("bob-1"), 22)).isFalse();
        assertThat(daemon.guest("bob-1").connects(addressOf("alice-1"), 22)).isFalse();
        assertThat(
                        daemon.guest("bob-1")
                                .run("busybox ping -c 1 -W 2 " + addressOf("alice-2"))
                                .exit())
                .isNotZero();
    }

    @Test
    void keepsGuestsFromTheHostsServices() throws Exception {
        try (var service = new ServerSocket(0)) {
            assertThat(daemon.guest("bob-1").connects("10.100.0.1", service.getLocalPort()))
                    .isFalse();
        }
        assertThat(daemon.guest("bob-1").connects("10.100.0.1", daemon.port())).isFalse();
    }

    @Test
    void keepsGuestsFromTheCloudsMetadata() throws Exception {
        Command.of("ip", "address", "add", METADATA + "/32", "dev", "lo").run().orThrow();
        try (var metadata = new ServerSocket(80, 5, InetAddress.getByAddress(METADATA_BYTES))) {
            assertThat(metadata.isBound()).isTrue();
            assertThat(daemon.guest("bob-1").connects(METADATA, 80)).isFalse();
        } finally {
            Command.of("ip", "address", "delete", METADATA + "/32", "dev", "lo").run().orThrow();
        }
    }

    @Test
    void letsGuestsOut() throws Exception {
        var outside = Needs.wayOut("a guest that reaches the outside");
        var address = outside.getAddress().getHostAddress();

        assertThat(daemon.guest("alice-1").connects(address, outside.getPort())).isTrue();
    }

    @Test
    void keepsAGuestThatTakesAnothersAddressFromTheNetwork() {
        var taken = addressOf("bob-1");
        var forger = daemon.guest("alice-2");
        forger.sh("ip address add " + taken + "/16 dev eth0");
        try {
            assertThat(
                            forger.run(
                                            "busybox ping -c 1 -W 2 -I "
                                                    + taken
                                                    + " "
                                                    + addressOf("alice-1"))
                                    .exit())
                    .isNotZero();
            assertThat(daemon.guest("bob-1").sh("hostname")).isEqualTo("bob-1");
        } finally {
            forger.sh("ip address delete " + taken + "/16 dev eth0");
        }
    }
}

package dev.cove.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What guests can reach and what they cannot, with packets.
@Tag("root")
class GuestIsolationTest {
    private static final int PATIENT = 5_000;
    private static final int BRIEF = 700;
    private static final int PORT = 8080;

    private static World world;
    private static World.Neighbour web;
    private static World.Neighbour db;
    private static World.Neighbour stranger;

    @BeforeAll
    static void build() {
        assumeTrue(Namespace.possible(), "needs root and network namespaces");
        world = new World();
        world.network.ensure();
        web = world.guest("vm-webwebwe", "10.100.0.10", "alice");
        db = world.guest("vm-dbdbdbdb", "10.100.0.11", "alice");
        stranger = world.guest("vm-stranger", "10.100.0.12", "mallory");
    }

    @AfterAll
    static void tearDown() {
        if (world != null) {
            world.close();
        }
    }

    @Test
    void theHostReachesAGuest() throws Exception {
        try (var _ = web.namespace().listen(PORT)) {
            assertThat(world.host.connects("10.100.0.10", PORT, PATIENT)).isTrue();
        }
    }

    @Test
    void aGuestReachesTheOutsideThroughNat() throws Exception {
        try (var _ = world.outside.listen(PORT)) {
            // The outside has no route back to 10.100.0.0/16, so this works by NAT or not at all.
            assertThat(web.namespace().connects(World.OUTSIDE, PORT, PATIENT)).isTrue();
        }
    }

    @Test
    void guestsOfOneOwnerReachEachOther() throws Exception {
        try (var _ = db.namespace().listen(PORT)) {
            assertThat(web.namespace().connects("10.100.0.11", PORT, PATIENT)).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void itMakesNoDifferenceWhetherFramesPassTheRulesForRoutedPacketsToo(int value)
            throws Exception {
        // br_netfilter, where it is loaded; Docker turns it on.
        var setting = "net.bridge.bridge-nf-call-iptables=" + value;
        assumeTrue(
                world.host.run("sysctl", "-q", "-w", setting).exit() == 0,
                "this kernel has no br_netfilter");

        try (var _ = db.namespace().listen(PORT);
                var _ = world.outside.listen(PORT)) {
            assertThat(web.namespace().connects("10.100.0.11", PORT, PATIENT)).isTrue();
            assertThat(stranger.namespace().connects("10.100.0.11", PORT, BRIEF)).isFalse();
            assertThat(web.namespace().connects(World.OUTSIDE, PORT, PATIENT)).isTrue();
        }
    }

    @Test
    void anotherOwnersGuestIsOutOfReach() throws Exception {
        try (var _ = db.namespace().listen(PORT)) {
            assertThat(stranger.namespace().connects("10.100.0.11", PORT, BRIEF)).isFalse();
            assertThat(world.host.connects("10.100.0.11", PORT, PATIENT)).isTrue();
        }
    }

    @Test
    void aGuestDoesNotReachServicesOfTheHost() throws Exception {
        try (var _ = world.host.listen(PORT)) {
            assertThat(web.namespace().connects("10.100.0.1", PORT, BRIEF)).isFalse();
            assertThat(web.namespace().connects("203.0.113.1", PORT, BRIEF)).isFalse();
            assertThat(world.outside.connects("203.0.113.1", PORT, PATIENT)).isTrue();
        }
    }

    @Test
    void aGuestMayPingItsGateway() {
        assertThat(web.namespace().pings("10.100.0.1")).isTrue();
    }

    @Test
    void theMetadataAddressIsOutOfReach() throws Exception {
        try (var _ = world.outside.listen(PORT)) {
            assertThat(web.namespace().connects(World.METADATA, PORT, BRIEF)).isFalse();
            assertThat(world.host.connects(World.METADATA, PORT, PATIENT)).isTrue();
        }
    }

    @Test
    void theOutsideDoesNotReachAGuestByItself() throws Exception {
        world.outside.ip("route replace 10.100.0.0/16 via 203.0.113.1");
        try (var _ = web.namespace().listen(PORT)) {
            assertThat(world.outside.connects("10.100.0.10", PORT, BRIEF)).isFalse();
            assertThat(world.host.connects("10.100.0.10", PORT, PATIENT)).isTrue();
        } finally {
            world.outside.ip("route delete 10.100.0.0/16");
        }
    }
}

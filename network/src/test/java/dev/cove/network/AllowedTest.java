package dev.cove.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What guests reach when an administrator has opened doors, and what they still do not.
@Tag("root")
class AllowedTest {
    private static final int PATIENT = 5_000;
    private static final int BRIEF = 700;
    private static final int OPEN = 3142;
    private static final int PORT = 8080;

    private static World world;
    private static World.Neighbour web;
    private static World.Neighbour stranger;

    @BeforeAll
    static void build() {
        assumeTrue(Namespace.possible(), "needs root and network namespaces");
        var ports = List.of(HostPort.parse("3142"), HostPort.parse("53/udp"));
        var usual = NetworkSettings.usual();
        world =
                new World(
                        new NetworkSettings(
                                usual.bridge(),
                                usual.subnet(),
                                usual.closed(),
                                new Allowed(ports, true)));
        world.network.ensure();
        web = world.guest("vm-webwebwe", "10.100.0.10", "alice");
        stranger = world.guest("vm-stranger", "10.100.0.12", "mallory");
    }

    @AfterAll
    static void tearDown() {
        if (world != null) {
            world.close();
        }
    }

    @Test
    void aGuestReachesTheNamedPortsOfItsGatewayAndNoOther() throws Exception {
        try (var _ = world.host.listen(OPEN);
                var _ = world.host.listen(PORT)) {
            assertThat(web.namespace().connects("10.100.0.1", OPEN, PATIENT)).isTrue();
            assertThat(web.namespace().connects("10.100.0.1", PORT, BRIEF)).isFalse();
        }
    }

    @Test
    void theNamedPortsAreOpenOnNoOtherAddressOfTheHost() throws Exception {
        try (var _ = world.host.listen(OPEN)) {
            assertThat(web.namespace().connects("203.0.113.1", OPEN, BRIEF)).isFalse();
            assertThat(world.outside.connects("203.0.113.1", OPEN, PATIENT)).isTrue();
        }
    }

    @Test
    void aPortIsOpenForItsOwnProtocolOnly() throws Exception {
        try (var names = world.host.receive(53);
                var other = world.host.receive(OPEN);
                var _ = world.host.listen(53)) {
            web.namespace().tell("10.100.0.1", 53);
            web.namespace().tell("10.100.0.1", OPEN);

            assertThat(Namespace.nextSender(names, Duration.ofMillis(PATIENT)))
                    .isEqualTo("10.100.0.10");
            assertThatThrownBy(() -> Namespace.nextSender(other, Duration.ofMillis(BRIEF)))
                    .isInstanceOf(UncheckedIOException.class);
            assertThat(web.namespace().connects("10.100.0.1", 53, BRIEF)).isFalse();
        }
    }

    @Test
    void guestsOfDifferentOwnersReachEachOther() throws Exception {
        try (var _ = web.namespace().listen(PORT)) {
            assertThat(stranger.namespace().connects("10.100.0.10", PORT, PATIENT)).isTrue();
        }
    }

    @Test
    void aTapThatIsNoGuestsStillReachesNobody() throws Exception {
        var rogue = world.stray("vm-roguerog", "10.100.0.13");
        try (var _ = web.namespace().listen(PORT);
                var _ = rogue.namespace().listen(PORT)) {
            assertThat(rogue.namespace().connects("10.100.0.10", PORT, BRIEF)).isFalse();
            assertThat(web.namespace().connects("10.100.0.13", PORT, BRIEF)).isFalse();
        }
    }

    @Test
    void theMetadataAddressStaysOutOfReach() throws Exception {
        try (var _ = world.outside.listen(PORT)) {
            assertThat(web.namespace().connects(World.METADATA, PORT, BRIEF)).isFalse();
        }
    }

    @Test
    void theDoctorTellsWhatIsOpen() {
        assertThat(world.network.examine())
                .anyMatch(f -> f.says().contains("ports 3142/tcp, 53/udp"))
                .anyMatch(f -> f.says().contains("different owners may reach each other"));
    }
}

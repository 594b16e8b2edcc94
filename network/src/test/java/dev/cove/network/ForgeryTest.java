package dev.cove.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.cove.core.Ipv4;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Frames that pretend to be somebody else's, from a guest to a neighbour that it may talk to: only
/// what is forged keeps them from coming through.
@Tag("root")
class ForgeryTest {
    private static final Ipv4 GATEWAY = Ipv4.parse("10.100.0.1");
    private static final Ipv4 OWN = Ipv4.parse("10.100.0.10");
    private static final Ipv4 VICTIM = Ipv4.parse("10.100.0.11");
    private static final Ipv4 STRANGER = Ipv4.parse("10.100.0.12");
    private static final Ipv4 OUTSIDE = Ipv4.parse(World.OUTSIDE);
    private static final Ipv4 NOBODY = Ipv4.parse("0.0.0.0");
    private static final String OWN_MAC = "02:c0:0a:64:00:0a";
    private static final String VICTIM_MAC = "02:c0:0a:64:00:0b";
    private static final String STRANGER_MAC = "02:c0:0a:64:00:0c";
    private static final String GATEWAY_MAC = "02:c0:0a:64:00:01";
    private static final String TO_BRIDGES = "01:80:c2:00:00:0e";
    private static final Duration PATIENT = Duration.ofSeconds(10);
    private static final int TIMES = 100;

    private static World world;
    private static World.Neighbour forger;
    private static World.Neighbour victim;
    private static World.Neighbour stranger;

    @BeforeAll
    static void build() {
        assumeTrue(Namespace.possible(), "needs root and network namespaces");
        world = new World();
        world.network.ensure();
        forger = world.guest("vm-forgerff", OWN.toString(), "alice");
        victim = world.guest("vm-victimvv", VICTIM.toString(), "alice");
        stranger = world.guest("vm-stranger", STRANGER.toString(), "mallory");
        forger.namespace()
                .ip(
                        "neigh replace "
                                + VICTIM
                                + " lladdr "
                                + VICTIM_MAC
                                + " nud permanent dev eth0");
        victim.namespace()
                .ip("neigh replace " + OWN + " lladdr " + OWN_MAC + " nud permanent dev eth0");
        for (var guest : List.of(forger, victim, stranger)) {
            // Else the kernel asks by ARP now and then, and is counted among the frames that came.
            var there = " nud permanent dev ";
            world.host.ip(
                    "neigh replace "
                            + guest.address()
                            + " lladdr "
                            + guest.mac()
                            + there
                            + "vmmbr0");
            guest.namespace()
                    .ip("neigh replace " + GATEWAY + " lladdr " + GATEWAY_MAC + there + "eth0");
        }
    }

    @AfterAll
    static void tearDown() {
        if (world != null) {
            world.close();
        }
    }

    static Stream<Map.Entry<String, String>> forgeries() {
        var packet = Frames.udpPacket(OWN, VICTIM, 4000, 4000);
        var arp = Frames.arpPacket(2, OWN_MAC, OWN, VICTIM);
        return Map.ofEntries(
                        Map.entry(
                                "a stranger's MAC",
                                Frames.udp(VICTIM_MAC, STRANGER_MAC, OWN, VICTIM, 4000, 4000)),
                        Map.entry(
                                "a MAC of nobody",
                                Frames.udp(
                                        VICTIM_MAC, "02:00:00:00:00:99", OWN, VICTIM, 4000, 4000)),
                        Map.entry(
                                "a stranger's address",
                                Frames.udp(VICTIM_MAC, OWN_MAC, STRANGER, VICTIM, 4000, 4000)),
                        Map.entry(
                                "a stranger's MAC and address",
                                Frames.udp(VICTIM_MAC, STRANGER_MAC, STRANGER, VICTIM, 4000, 4000)),
                        Map.entry(
                                "the gateway's address",
                                Frames.udp(VICTIM_MAC, OWN_MAC, GATEWAY, VICTIM, 4000, 4000)),
                        Map.entry(
                                "an address of the outside",
                                Frames.udp(VICTIM_MAC, OWN_MAC, OUTSIDE, VICTIM, 53, 4000)),
                        Map.entry(
                                "no address",
                                Frames.udp(VICTIM_MAC, OWN_MAC, NOBODY, VICTIM, 4000, 4000)),
                        Map.entry(
                                "the gateway by ARP",
                                Frames.arp(VICTIM_MAC, OWN_MAC, 2, OWN_MAC, GATEWAY, VICTIM)),
                        Map.entry(
                                "the gateway by ARP to all",
                                Frames.arp(
                                        Frames.EVERYBODY, OWN_MAC, 1, OWN_MAC, GATEWAY, GATEWAY)),
                        Map.entry(
                                "another MAC by ARP",
                                Frames.arp(VICTIM_MAC, OWN_MAC, 2, STRANGER_MAC, OWN, VICTIM)),
                        Map.entry(
                                "another frame's MAC by ARP",
                                Frames.arp(VICTIM_MAC, STRANGER_MAC, 2, OWN_MAC, OWN, VICTIM)),
                        Map.entry(
                                "a stranger by ARP",
                                Frames.arp(
                                        VICTIM_MAC,
                                        STRANGER_MAC,
                                        2,
                                        STRANGER_MAC,
                                        STRANGER,
                                        VICTIM)),
                        Map.entry(
                                "an ARP probe",
                                Frames.arp(Frames.EVERYBODY, OWN_MAC, 1, OWN_MAC, NOBODY, VICTIM)),
                        Map.entry(
                                "reverse ARP",
                                Frames.arp(VICTIM_MAC, OWN_MAC, 3, OWN_MAC, OWN, VICTIM)),
                        Map.entry(
                                "ARP for long addresses",
                                Frames.ethernet(
                                        VICTIM_MAC,
                                        OWN_MAC,
                                        "0806",
                                        arp.replaceFirst("0604", "0610"))),
                        Map.entry(
                                "a DHCP server",
                                Frames.udp(VICTIM_MAC, OWN_MAC, OWN, VICTIM, 67, 68)),
                        Map.entry(
                                "a router's redirect",
                                Frames.icmp(VICTIM_MAC, OWN_MAC, OWN, VICTIM, 5)),
                        Map.entry("a router", Frames.icmp(VICTIM_MAC, OWN_MAC, OWN, VICTIM, 9)),
                        Map.entry("a router of IPv6", Frames.routerAdvertisement(OWN_MAC)),
                        Map.entry(
                                "IPv6",
                                Frames.ethernet(
                                        VICTIM_MAC, OWN_MAC, "86dd", "60" + "00".repeat(60))),
                        Map.entry(
                                "a VLAN",
                                Frames.ethernet(VICTIM_MAC, OWN_MAC, "8100", "00050800" + packet)),
                        Map.entry(
                                "no VLAN, but its tag",
                                Frames.ethernet(VICTIM_MAC, OWN_MAC, "8100", "00000800" + packet)),
                        Map.entry(
                                "a VLAN with ARP",
                                Frames.ethernet(VICTIM_MAC, OWN_MAC, "8100", "00050806" + arp)),
                        Map.entry(
                                "a VLAN in a VLAN",
                                Frames.ethernet(
                                        VICTIM_MAC, OWN_MAC, "88a8", "0005810000050800" + packet)),
                        Map.entry(
                                "PPPoE",
                                Frames.ethernet(
                                        VICTIM_MAC, OWN_MAC, "8864", "11000001003e0021" + packet)),
                        Map.entry(
                                "MPLS",
                                Frames.ethernet(VICTIM_MAC, OWN_MAC, "8847", "00001140" + packet)),
                        Map.entry(
                                "spanning tree",
                                Frames.ethernet(
                                        "01:80:c2:00:00:00",
                                        OWN_MAC,
                                        "0026",
                                        "424203" + "00".repeat(43))),
                        Map.entry(
                                "LLDP",
                                Frames.ethernet(TO_BRIDGES, OWN_MAC, "88cc", "00".repeat(46))))
                .entrySet()
                .stream()
                .sorted(Map.Entry.comparingByKey());
    }

    @ParameterizedTest
    @MethodSource("forgeries")
    void doNotComeThrough(Map.Entry<String, String> forgery) {
        // What earlier tests sent has come by the time that this is answered.
        assertThat(forger.namespace().pings(VICTIM.toString())).isTrue();
        var before = victim.namespace().received("eth0");

        // Frames of one sender stay in order: when an honest one has come, the others would have.
        var frames = new ArrayList<>(Collections.nCopies(TIMES, forgery.getValue()));
        frames.add(honest());
        forger.namespace().send("eth0", frames);

        await().atMost(PATIENT).until(() -> victim.namespace().received("eth0") > before);
        assertThat(victim.namespace().received("eth0") - before).isEqualTo(1);
    }

    private static String honest() {
        return Frames.udp(VICTIM_MAC, OWN_MAC, OWN, VICTIM, 4000, 4000);
    }

    @Test
    void honestFramesComeThrough() {
        var before = victim.namespace().received("eth0");

        forger.namespace().send("eth0", Collections.nCopies(TIMES, honest()));
        forger.namespace()
                .send("eth0", List.of(Frames.arp(VICTIM_MAC, OWN_MAC, 2, OWN_MAC, OWN, VICTIM)));

        await().atMost(PATIENT)
                .until(() -> victim.namespace().received("eth0") - before == TIMES + 1);
    }

    @Test
    void theHostDoesNotPassThemOnToAnotherOwner() {
        var before = stranger.namespace().received("eth0");

        var byTheGateway = Frames.udp(GATEWAY_MAC, OWN_MAC, OWN, STRANGER, 4000, 4000);
        var direct = Frames.udp(STRANGER_MAC, OWN_MAC, OWN, STRANGER, 4000, 4000);
        var toAll = Frames.arp(Frames.EVERYBODY, OWN_MAC, 1, OWN_MAC, OWN, STRANGER);
        forger.namespace().send("eth0", Collections.nCopies(TIMES, byTheGateway));
        forger.namespace().send("eth0", Collections.nCopies(TIMES, direct));
        forger.namespace().send("eth0", Collections.nCopies(TIMES, toAll));

        // The host's own packet shows that the stranger's link takes what it is given.
        assertThat(world.host.pings(STRANGER.toString())).isTrue();
        assertThat(stranger.namespace().received("eth0") - before).isEqualTo(1);
    }

    @Test
    void noneTeachesTheBridgeAWrongWay() {
        assertThat(world.host.pings(VICTIM.toString())).isTrue();

        for (var group = 0; group < 16; group++) {
            var bridges = "01:80:c2:00:00:%02x".formatted(group);
            forger.namespace()
                    .send(
                            "eth0",
                            List.of(
                                    Frames.udp(bridges, VICTIM_MAC, VICTIM, OWN, 4000, 4000),
                                    Frames.ethernet(bridges, VICTIM_MAC, "88cc", "00".repeat(46))));
        }
        forger.namespace()
                .send(
                        "eth0",
                        List.of(Frames.udp(GATEWAY_MAC, VICTIM_MAC, VICTIM, GATEWAY, 4000, 4000)));

        var known = world.host.run("bridge", "fdb", "show", "br", "vmmbr0").orThrow().lines();
        assertThat(known.filter(line -> line.startsWith(VICTIM_MAC)))
                .isNotEmpty()
                .allMatch(line -> line.contains(victim.tap()));
        assertThat(world.host.pings(VICTIM.toString())).isTrue();
    }

    @Test
    void noneReachesTheHostPastTheRules() {
        try (var service = world.host.receive(4001)) {
            for (var group = 0; group < 16; group++) {
                var bridges = "01:80:c2:00:00:%02x".formatted(group);
                forger.namespace()
                        .send(
                                "eth0",
                                List.of(Frames.udp(bridges, OWN_MAC, OWN, GATEWAY, 4000, 4001)));
            }
            forger.namespace()
                    .send(
                            "eth0",
                            List.of(Frames.udp(GATEWAY_MAC, OWN_MAC, OWN, GATEWAY, 4000, 4001)));

            // The first to arrive is the one that may.
            world.outside.tell("203.0.113.1", 4001);
            assertThat(Namespace.nextSender(service, PATIENT)).isEqualTo(World.OUTSIDE);
        }
    }
}

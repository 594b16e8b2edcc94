package dev.cove.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cove.core.CoveException;
import dev.cove.core.Ipv4;
import dev.cove.core.Owner;
import dev.cove.core.Subnet;
import dev.cove.core.VmId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RulesetTest {
    private static final Guest WEB = guest("vm-webwebwe", "10.100.0.10", "alice", 1);
    private static final Guest DB = guest("vm-dbdbdbdb", "10.100.0.11", "alice", 1);
    private static final Guest STRANGER = guest("vm-stranger", "10.100.0.12", "m.al@lo-ry", 2);

    private final Ruleset usual = new Ruleset(NetworkSettings.usual());

    @Test
    void isTheTextThatWasReviewed() throws IOException {
        assertThat(usual.whole(List.of(DB, STRANGER, WEB))).isEqualTo(resource("ruleset.nft"));
    }

    @Test
    void namesTheBridgeAndSubnetThatItIsFor() {
        var closed = List.of(Ipv4.parse("192.0.2.2"));
        var text =
                new Ruleset(
                                new NetworkSettings(
                                        "br1",
                                        Subnet.parse("10.9.0.1/24"),
                                        closed,
                                        Allowed.NOTHING))
                        .whole(List.of());

        assertThat(text)
                .contains(
                        "iifname \"br1\"",
                        "ip daddr 10.9.0.1 ",
                        "ip saddr 10.9.0.0/24",
                        "192.0.2.2 }")
                .doesNotContain("vmmbr0", "10.100.", "elements", "%");
    }

    @Test
    void leavesOutClosedAddressesThatHaveRulesOfTheirOwn() {
        var closed =
                List.of(
                        Ipv4.parse("169.254.169.254"),
                        Ipv4.parse("10.100.0.1"),
                        Ipv4.parse("100.100.100.200"));
        var settings =
                new NetworkSettings(
                        "vmmbr0", NetworkSettings.usual().subnet(), closed, Allowed.NOTHING);

        assertThat(new Ruleset(settings).whole(List.of())).isEqualTo(usual.whole(List.of()));
    }

    @Test
    void opensThePortsThatAnAdministratorNamed() {
        var ports = Stream.of("8080", "53/udp", "3142/tcp", "53", "8080/tcp").map(HostPort::parse);
        var text = allowing(new Allowed(ports.toList(), false));

        assertThat(text)
                .contains(
                        """
                                ip daddr 10.100.0.1 icmp type echo-request accept
                                ip daddr 10.100.0.1 tcp dport { 53, 3142, 8080 } accept
                                ip daddr 10.100.0.1 udp dport { 53 } accept
                                drop
                        """);
        assertThat(text.replaceAll(".*dport \\{.*\n", "")).isEqualTo(usual.whole(List.of()));
    }

    @Test
    void letsOwnersTogetherAndStillNobodyWhoIsNoGuest() {
        assertThat(allowing(new Allowed(List.of(), true)))
                .contains("meta mark set iifname map @owners\n        meta mark 0 drop")
                .contains("meta mark set oifname map @owners\n        meta mark 0 drop")
                .doesNotContain("!= @members");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0", "65536", "80/sctp", "80/", "tcp/80", "-1", "80 ", "1,2"})
    void takesOnlyPortsForPorts(String text) {
        assertThatThrownBy(() -> HostPort.parse(text)).isInstanceOf(CoveException.class);
    }

    private static String allowing(Allowed allowed) {
        var usual = NetworkSettings.usual();
        return new Ruleset(
                        new NetworkSettings(
                                usual.bridge(), usual.subnet(), usual.closed(), allowed))
                .whole(List.of());
    }

    @Test
    void addsAndTakesTheSameFourElements() {
        assertThat(usual.adding(STRANGER))
                .isEqualTo(
                        """
                        add element bridge cove senders { "cv-stranger" . 02:c0:0a:64:00:0c . 10.100.0.12 }
                        add element bridge cove receivers { "cv-stranger" . 02:c0:0a:64:00:0c }
                        add element bridge cove owners { "cv-stranger" comment "m.al@lo-ry" : 2 }
                        add element bridge cove members { "cv-stranger" . 2 }
                        """);
        assertThat(usual.removing(STRANGER))
                .isEqualTo(usual.adding(STRANGER).replace("add element", "delete element"));
    }

    private static Guest guest(String id, String address, String owner, int tag) {
        return new Guest(Device.tapOf(new VmId(id)), Ipv4.parse(address), new Owner(owner), tag);
    }

    private static String resource(String name) throws IOException {
        try (var in = Objects.requireNonNull(RulesetTest.class.getResourceAsStream(name), name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}

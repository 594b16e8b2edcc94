package dev.cove.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.cove.core.CoveException;
import dev.cove.core.Finding;
import dev.cove.core.Ipv4;
import dev.cove.core.Owner;
import dev.cove.core.Subnet;
import dev.cove.core.VmId;
import dev.cove.core.port.Network.Attachment;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What is left when somebody else takes away what Cove made, and what Cove leaves itself.
@Tag("root")
class RepairTest {
    private static final int PATIENT = 5_000;
    private static final int BRIEF = 700;
    private static final int PORT = 8080;

    private World world;

    @BeforeEach
    void build() {
        assumeTrue(Namespace.possible(), "needs root and network namespaces");
        world = new World();
    }

    @AfterEach
    void tearDown() {
        if (world != null) {
            world.close();
        }
    }

    @Test
    void aFlushedFirewallIsPutBackWithItsGuests() throws Exception {
        var web = world.guest("vm-webwebwe", "10.100.0.10", "alice");
        var db = world.guest("vm-dbdbdbdb", "10.100.0.11", "alice");
        var stranger = world.guest("vm-stranger", "10.100.0.12", "mallory");
        world.host.run("nft", "flush", "ruleset").orThrow();

        try (var _ = db.namespace().listen(PORT)) {
            assertThat(stranger.namespace().connects("10.100.0.11", PORT, PATIENT)).isTrue();

            world.network.ensure();

            assertThat(web.namespace().connects("10.100.0.11", PORT, PATIENT)).isTrue();
            assertThat(stranger.namespace().connects("10.100.0.11", PORT, BRIEF)).isFalse();
        }
    }

    @Test
    void aRuleThatSomebodyTookAwayIsPutBack() {
        world.guest("vm-webwebwe", "10.100.0.10", "alice");
        var before = ruleset();

        for (var harm :
                List.of(
                        "flush chain bridge cove from_guest",
                        "delete table inet cove",
                        "flush set bridge cove senders",
                        "delete element bridge cove members { cv-webwebwe . 1 }",
                        "add element bridge cove members { cv-webwebwe . 2 }",
                        "insert rule inet cove to_host accept")) {
            assertThat(world.host.place().run(harm, "nft", "-f", "-").err()).isEmpty();
            assertThat(ruleset()).as(harm).isNotEqualTo(before);

            world.network.ensure();

            assertThat(ruleset()).as(harm).isEqualTo(before);
        }
    }

    @Test
    void aDeletedBridgeComesBackWithItsPorts() throws Exception {
        var web = world.guest("vm-webwebwe", "10.100.0.10", "alice");
        world.host.ip("link delete dev vmmbr0");

        world.network.ensure();

        try (var _ = web.namespace().listen(PORT)) {
            assertThat(world.host.connects("10.100.0.10", PORT, PATIENT)).isTrue();
        }
    }

    @Test
    void aBridgeWithAnotherAddressGetsItsOwn() {
        world.network.ensure();
        world.host.ip("addr flush dev vmmbr0");
        world.host.ip("addr add 10.9.0.1/24 dev vmmbr0");
        world.host.ip("link set vmmbr0 down");

        world.network.ensure();

        assertThat(world.host.ip("-4 -br addr show vmmbr0"))
                .contains("10.100.0.1/16")
                .doesNotContain("10.9.0.1");
        assertThat(world.host.ip("link show dev vmmbr0")).contains(",UP").contains("mtu 1500");
    }

    @Test
    void forwardingIsTurnedOnAgain() {
        world.network.ensure();
        world.host.run("sysctl", "-q", "-w", "net.ipv4.ip_forward=0").orThrow();

        world.network.ensure();

        assertThat(world.host.run("cat", "/proc/sys/net/ipv4/ip_forward").orThrow()).contains("1");
    }

    @Test
    void whatIsRightIsNotTouched() {
        world.guest("vm-webwebwe", "10.100.0.10", "alice");
        world.network.ensure();
        // A rewritten table has new handles.
        var before = world.host.run("nft", "-a", "list", "ruleset").orThrow();

        world.network.ensure();

        assertThat(world.host.run("nft", "-a", "list", "ruleset").orThrow()).isEqualTo(before);
    }

    @Test
    void theNextDaemonTakesGuestsOver() throws Exception {
        var web = world.guest("vm-webwebwe", "10.100.0.10", "alice");
        var next = new BridgeNetwork(NetworkSettings.usual(), world.host.place());

        next.ensure();

        assertThat(next.attached()).containsExactly(web.id());
        try (var _ = web.namespace().listen(PORT)) {
            assertThat(world.host.connects("10.100.0.10", PORT, PATIENT)).isTrue();
        }
        // The owner is known, too: one more of hers belongs with it, and a stranger's does not.
        next.attach(attachment("vm-dbdbdbdb", "10.100.0.11", "alice"));
        next.attach(attachment("vm-stranger", "10.100.0.12", "mallory"));
        assertThat(ruleset())
                .contains("\"cv-webwebwe\" . 0x00000001")
                .contains("\"cv-dbdbdbdb\" . 0x00000001")
                .contains("\"cv-stranger\" . 0x00000002");
    }

    @Test
    void theMtuFollowsTheWayOut() {
        world.host.ip("link set up0 mtu 1400");

        world.network.ensure();
        world.network.attach(attachment("vm-webwebwe", "10.100.0.10", "alice"));

        assertThat(world.host.ip("link show dev vmmbr0")).contains("mtu 1400");
        assertThat(world.host.ip("link show dev cv-webwebwe")).contains("mtu 1400");
    }

    @Test
    void aTapBelongsToItsUserAndAttachingAgainKeepsIt() {
        var attachment = attachment("vm-webwebwe", "10.100.0.10", "alice");
        var tap = world.network.attach(attachment);
        var index = world.host.ip("-o link show dev cv-webwebwe").split(":", 2)[0];

        assertThat(world.network.attach(attachment)).isEqualTo(tap);
        assertThat(tap.device()).isEqualTo("cv-webwebwe");
        assertThat(tap.mac().text()).isEqualTo("02:c0:0a:64:00:0a");
        assertThat(world.host.ip("-o -d link show dev cv-webwebwe"))
                .startsWith(index + ":")
                .contains("user " + World.USER)
                .contains("master vmmbr0");
    }

    @Test
    void aHalfMadeTapIsFinishedAndAnotherUsersIsReplaced() {
        world.network.ensure();
        world.host.ip("tuntap add dev cv-webwebwe mode tap user " + World.USER);
        world.host.ip("tuntap add dev cv-dbdbdbdb mode tap user 4711");

        world.network.attach(attachment("vm-webwebwe", "10.100.0.10", "alice"));
        world.network.attach(attachment("vm-dbdbdbdb", "10.100.0.11", "alice"));

        for (var tap : List.of("cv-webwebwe", "cv-dbdbdbdb")) {
            assertThat(world.host.ip("-o -d link show dev " + tap))
                    .contains("user " + World.USER)
                    .contains("master vmmbr0")
                    .contains(",UP");
        }
    }

    @Test
    void anotherAddressOrOwnerReplacesTheOneBefore() {
        world.network.attach(attachment("vm-webwebwe", "10.100.0.10", "alice"));

        world.network.attach(attachment("vm-webwebwe", "10.100.0.20", "bob"));

        assertThat(ruleset())
                .contains("\"bob\"", "10.100.0.20")
                .doesNotContain("\"alice\"", "10.100.0.10 ");
    }

    @Test
    void attachingAndDetachingLeavesNothing() {
        world.network.ensure();
        var links = world.host.ip("-o link show").lines().count();
        var rules = ruleset();

        var vms = IntStream.range(0, 200).mapToObj("vm-round%03d"::formatted).toList();
        for (var vm : vms) {
            world.network.attach(attachment(vm, "10.100.0.10", "alice"));
            assertThat(ruleset()).contains("cv-" + vm.substring(3));
            world.network.detach(new VmId(vm));
        }

        assertThat(world.host.ip("-o link show").lines().count()).isEqualTo(links);
        assertThat(ruleset()).isEqualTo(rules);
        assertThat(world.network.attached()).isEmpty();
    }

    @Test
    void manyMayComeAndGoAtOnceWhileSomebodyFlushes() throws Exception {
        world.network.ensure();
        var vms = IntStream.range(0, 24).boxed().toList();

        var threads =
                vms.stream()
                        .map(i ->
                                Thread.startVirtualThread(() -> {
                                    attach(i);
                                    if (i % 3 == 0) {
                                        world.network.detach(id(i));
                                    }
                                    if (i % 8 == 0) {
                                        world.host.run("nft", "flush", "ruleset");
                                        world.network.ensure();
                                    }
                                }))
                        .toList();
        for (var thread : threads) {
            thread.join();
        }
        world.network.ensure();

        assertThat(world.network.attached())
                .containsExactlyInAnyOrderElementsOf(
                        vms.stream().filter(i -> i % 3 != 0).map(RepairTest::id).toList());
        var rules = ruleset();
        vms.forEach(i ->
                assertThat(rules.contains("cv-manyma%02d".formatted(i)))
                        .as("cv-manyma%02d", i)
                        .isEqualTo(i % 3 != 0));
    }

    @Test
    void detachingWhatIsNotThereIsNothing() {
        world.network.detach(new VmId("vm-webwebwe"));

        assertThat(world.network.attached()).isEmpty();
    }

    @Test
    void aSubnetThatOverlapsARouteIsRefusedAndNothingIsMade() {
        world.host.ip("route add 10.100.64.0/18 via " + World.OUTSIDE);

        assertThatThrownBy(world.network::ensure)
                .isInstanceOfSatisfying(
                        CoveException.class,
                        e -> assertThat(e.kind()).isEqualTo(CoveException.Kind.CONFLICT))
                .hasMessageContaining("10.100.64.0/18 (up0)")
                .hasMessageContaining("--network-subnet 10.200.0.1/16");
        assertThat(world.host.run("ip", "link", "show", "dev", "vmmbr0").exit()).isNotZero();
        assertThat(ruleset()).isEmpty();

        world.host.ip("route delete 10.100.64.0/18");
        world.network.ensure();
        assertThat(world.host.ip("-br link show dev vmmbr0")).contains("vmmbr0");
    }

    @Test
    void aClosedAddressIsOutOfReach() throws Exception {
        var closed = List.of(Ipv4.parse(World.OUTSIDE), Ipv4.parse("169.254.1.1"));
        try (var strict =
                new World(
                        new NetworkSettings(
                                "br-cove",
                                Subnet.parse("10.100.0.1/16"),
                                closed,
                                Allowed.NOTHING))) {
            strict.outside.ip("addr add 203.0.113.9/24 dev eth0");
            var web = strict.guest("vm-webwebwe", "10.100.0.10", "alice");
            try (var _ = strict.outside.listen(PORT)) {
                assertThat(web.namespace().connects(World.OUTSIDE, PORT, BRIEF)).isFalse();
                assertThat(web.namespace().connects("203.0.113.9", PORT, PATIENT)).isTrue();
            }
        }
    }

    @Test
    void theDoctorSeesWhatIsAmiss() {
        assertThat(world.network.examine())
                .noneMatch(f -> f.level() == Finding.Level.PROBLEM)
                .anyMatch(f -> f.says().contains("vmmbr0 is not there yet"));
        world.network.ensure();
        assertThat(world.network.examine()).allMatch(f -> f.level() == Finding.Level.OK);

        world.host.run("nft", "flush", "ruleset").orThrow();
        world.host.run("sysctl", "-q", "-w", "net.ipv4.ip_forward=0").orThrow();
        world.host.ip("link set vmmbr0 down");

        assertThat(world.network.examine())
                .filteredOn(f -> f.level() == Finding.Level.PROBLEM)
                .allMatch(f -> !f.remedy().isEmpty())
                .extracting(Finding::subject)
                .containsExactlyInAnyOrder("bridge", "forwarding", "firewall");
    }

    @Test
    void theDoctorNamesAFirewallThatMayDropGuestsPackets() {
        world.network.ensure();
        var docker =
                "table ip filter { chain FORWARD { type filter hook forward priority 0; policy drop; }; }";
        assertThat(world.host.place().run(docker, "nft", "-f", "-").err()).isEmpty();

        assertThat(world.network.examine())
                .anyMatch(f -> f.level() == Finding.Level.NOTE && f.says().contains("FORWARD"));
    }

    private void attach(int i) {
        world.network.attach(
                new Attachment(
                        id(i), Ipv4.parse("10.100.1." + i), new Owner("alice"), 200_000 + i, true));
    }

    private static VmId id(int i) {
        return new VmId("vm-manyma%02d".formatted(i));
    }

    private static Attachment attachment(String id, String address, String owner) {
        return new Attachment(
                new VmId(id), Ipv4.parse(address), new Owner(owner), World.USER, true);
    }

    private String ruleset() {
        return world.host.run("nft", "list", "ruleset").orThrow();
    }
}

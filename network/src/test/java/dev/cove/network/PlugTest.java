package dev.cove.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.cove.core.Ipv4;
import dev.cove.core.Owner;
import dev.cove.core.VmId;
import dev.cove.core.port.Network.Attachment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Taps that are there and not on the bridge, with real ones that somebody holds as a VMM does.
@Tag("root")
class PlugTest {
    private static final VmId ID = new VmId("vm-webwebwe");
    private static final String TAP = "cv-webwebwe";
    private static final Ipv4 ADDRESS = Ipv4.parse("10.100.0.10");
    private static final Ipv4 ANOTHER = Ipv4.parse("10.100.0.11");
    private static final Ipv4 GATEWAY = Ipv4.parse("10.100.0.1");
    private static final String MAC = "02:c0:0a:64:00:0a";
    private static final String ANOTHER_MAC = "02:c0:0a:64:00:0b";
    private static final String GATEWAY_MAC = "02:c0:0a:64:00:01";
    private static final Duration PATIENT = Duration.ofSeconds(10);

    /// Where the sender is in a frame's text.
    private static final int SENDER = 2 * 6;

    /// Where the 32 bits are by which a test knows its frame: in the padding behind an ARP packet.
    private static final int MARK = 2 * (14 + 28);

    private World world;

    @BeforeEach
    void build() {
        assumeTrue(Namespace.possible(), "needs root and network namespaces");
        world = new World();
        world.network.ensure();
    }

    @AfterEach
    void tearDown() {
        if (world != null) {
            world.close();
        }
    }

    @Test
    void anUnpluggedTapIsThereForItsUserAndOnNoBridge() {
        var rules = ruleset();

        var tap = attach(false);

        assertThat(tap.device()).isEqualTo(TAP);
        assertThat(tap.mac().text()).isEqualTo(MAC);
        assertThat(link()).contains("user " + World.USER);
        assertThat(isOff()).isTrue();
        assertThat(ruleset()).isEqualTo(rules);
        assertThat(world.network.attached()).containsExactly(ID);
    }

    @Test
    void pluggingItInKeepsTheTapThatSomebodyHolds() {
        attach(false);
        try (var vmm = world.host.hold(TAP)) {
            assertThat(vmm.write(honest(1))).isFalse();

            attach(true);

            assertThat(link()).contains("master vmmbr0", ",UP");
            assertThat(ruleset()).contains("\"" + TAP + "\" . " + MAC + " . " + ADDRESS);
            assertThat(vmm.write(honest(2))).isTrue();
        }
    }

    @Test
    void theHostKnowsWhoseTheAddressIsAlsoWhenItHasJustAskedInVain() {
        assertThat(world.host.pings(ADDRESS.toString())).isFalse();

        attach(true);

        var known = world.host.ip("neigh show " + ADDRESS + " dev vmmbr0");
        assertThat(known).contains("lladdr " + MAC, "REACHABLE");
    }

    @Test
    void unpluggingTakesTheRulesAway() {
        var rules = ruleset();
        attach(true);
        try (var vmm = world.host.hold(TAP)) {
            attach(false);

            assertThat(vmm.write(honest(1))).isFalse();
            assertThat(isOff()).isTrue();
            assertThat(ruleset()).isEqualTo(rules);
        }
    }

    @Test
    void doingItTwiceIsDoingItOnce() {
        attach(false);
        var index = index();
        attach(false);
        assertThat(isOff()).isTrue();

        attach(true);
        attach(true);
        assertThat(link()).contains("master vmmbr0");
        assertThat(index()).isEqualTo(index);

        world.network.detach(ID);
        world.network.detach(ID);
        assertThat(world.network.attached()).isEmpty();
        assertThat(ruleset()).doesNotContain(TAP);
    }

    @Test
    void anotherUsersTapIsReplaced() {
        world.host.ip("tuntap add dev " + TAP + " mode tap user 4711");
        attach(false);
        assertThat(link()).contains("user " + World.USER);

        world.network.attach(new Attachment(ID, ADDRESS, new Owner("alice"), 4711, true));

        assertThat(link()).contains("user 4711", "master vmmbr0");
    }

    @Test
    void aRepairPlugsInOnlyWhatIsToBe() {
        var other = new VmId("vm-dbdbdbdb");
        attach(false);
        world.network.attach(new Attachment(other, ANOTHER, new Owner("alice"), World.USER, true));
        world.host.run("nft", "flush", "ruleset").orThrow();
        world.host.ip("link delete dev vmmbr0");

        world.network.ensure();

        assertThat(world.host.ip("-o link show dev cv-dbdbdbdb")).contains("master vmmbr0");
        assertThat(isOff()).isTrue();
        assertThat(ruleset()).contains("cv-dbdbdbdb").doesNotContain(TAP);
    }

    @Test
    void repairsAtTheSameTimePlugNothingIn() throws Exception {
        attach(true);
        for (var round = 0; round < 10; round++) {
            // What is loose makes the repair want to plug it in while it is being unplugged.
            world.host.ip("link set dev " + TAP + " nomaster");
            var repair = Thread.startVirtualThread(world.network::ensure);
            attach(false);
            repair.join();

            assertThat(isOff()).as("round %d", round).isTrue();
            assertThat(ruleset()).as("round %d", round).doesNotContain(TAP);
            attach(true);
        }
    }

    @Test
    void theNextDaemonLeavesUnpluggedWhatWasBeingUnplugged() {
        attach(true);
        // As far as a daemon got that died in the middle.
        world.host.ip("link set dev " + TAP + " down");
        world.host.ip("link set dev " + TAP + " nomaster");
        var next = new BridgeNetwork(NetworkSettings.usual(), world.host.place());

        next.ensure();

        assertThat(isOff()).isTrue();
        assertThat(ruleset()).doesNotContain(TAP);
        next.attach(attachment(true));
        assertThat(link()).contains("master vmmbr0", ",UP");
    }

    @Test
    void theNextDaemonPlugsInWhatLostItsBridge() {
        attach(true);
        world.host.ip("link delete dev vmmbr0");
        var next = new BridgeNetwork(NetworkSettings.usual(), world.host.place());

        next.ensure();

        assertThat(link()).contains("master vmmbr0", ",UP");
        assertThat(ruleset()).contains(TAP);
    }

    @Test
    void framesThatWaitForTheGuestAreDroppedWhenItIsUnplugged() {
        attach(true);
        try (var vmm = world.host.hold(TAP)) {
            var toGuest = Frames.arp(MAC, GATEWAY_MAC, 2, GATEWAY_MAC, GATEWAY, ADDRESS);
            // The link needs a moment before it takes frames; then there are some that wait.
            await().atMost(PATIENT)
                    .until(() -> {
                        world.host.send("vmmbr0", List.of(toGuest));
                        return vmm.read().isPresent();
                    });
            world.host.send("vmmbr0", IntStream.range(0, 50).mapToObj(_ -> toGuest).toList());

            attach(false);
            assertThat(vmm.read()).isEmpty();

            attach(true);
            assertThat(all(vmm)).doesNotContain(toGuest);
        }
    }

    @Test
    void noFrameOfAnUnpluggedTapIsSeenEvenWithoutAFirewall() {
        attach(false);
        world.host.run("nft", "flush", "ruleset").orThrow();
        try (var vmm = world.host.hold(TAP);
                var bridge = world.host.sniff("vmmbr0")) {
            for (var mark = 1; mark <= 1_000; mark++) {
                assertThat(vmm.write(honest(mark))).isFalse();
            }

            attach(true);

            // Those of one tap stay in order: when this one has come, the others would have.
            var seen = new ArrayList<Integer>();
            await().atMost(PATIENT)
                    .until(() -> {
                        vmm.write(honest(2_000));
                        seen.addAll(honestOnes(bridge));
                        return seen.contains(2_000);
                    });
            assertThat(seen).containsOnly(2_000);
        }
    }

    @Test
    void whatIsWrittenAtTheMomentWhenItIsPluggedInOrOutIsSeenOnlyOfAPluggedTap() {
        attach(false);
        try (var vmm = world.host.hold(TAP);
                var bridge = world.host.sniff("vmmbr0");
                var guest = new Chatter(vmm)) {
            for (var round = 0; round < 20; round++) {
                guest.awaitMore();
                var before = guest.last();

                attach(true);

                var plugged = guest.last() + 1; // one may be on its way into the kernel
                var seen = new TreeSet<Integer>();
                await().atMost(PATIENT)
                        .until(() -> {
                            seen.addAll(honestOnes(bridge));
                            return !seen.isEmpty() && seen.last() > plugged;
                        });
                assertThat(seen.first()).as("round %d: too early", round).isGreaterThan(before);

                attach(false);

                var unplugged = guest.last() + 1;
                guest.awaitMore();
                seen.addAll(honestOnes(bridge));
                assertThat(seen.last()).as("round %d: late", round).isLessThanOrEqualTo(unplugged);
            }
            assertThat(guest.refused).isPositive();
        }
    }

    /// The numbers of the frames in its own name; none in another's may ever be among the others.
    private static List<Integer> honestOnes(Wire sniffer) {
        var frames = all(sniffer);
        assertThat(frames).noneMatch(frame -> frame.startsWith(hex(ANOTHER_MAC), SENDER));
        return frames.stream()
                .filter(frame -> frame.startsWith(hex(MAC), SENDER))
                .map(frame -> Integer.parseUnsignedInt(frame, MARK, MARK + 8, 16))
                .toList();
    }

    /// A guest that never stops talking: one honest frame, one in another's name, and so on.
    private static final class Chatter implements AutoCloseable {
        private final Wire tap;
        private final CompletableFuture<Void> talk;
        private volatile int written;
        private volatile int refused;
        private volatile boolean enough;

        Chatter(Wire tap) {
            this.tap = tap;
            this.talk =
                    CompletableFuture.runAsync(this::talk, task -> Thread.ofPlatform().start(task));
        }

        private void talk() {
            var refusals = 0;
            for (var mark = 1; !enough; mark++) {
                tap.write(forged());
                if (!tap.write(honest(mark))) {
                    refusals++;
                }
                refused = refusals;
                written = mark;
                // The sniffer's buffer has an end.
                LockSupport.parkNanos(50_000);
            }
        }

        /// The number of the last honest frame that was written.
        int last() {
            return written;
        }

        void awaitMore() {
            var from = last();
            await().atMost(PATIENT).until(() -> last() > from + 50);
        }

        @Override
        public void close() {
            enough = true;
            talk.join();
        }
    }

    private dev.cove.core.port.Tap attach(boolean plugged) {
        return world.network.attach(attachment(plugged));
    }

    private static Attachment attachment(boolean plugged) {
        return new Attachment(ID, ADDRESS, new Owner("alice"), World.USER, plugged);
    }

    private static String honest(int mark) {
        var frame = Frames.arp(GATEWAY_MAC, MAC, 2, MAC, ADDRESS, GATEWAY);
        return frame.substring(0, MARK) + "%08x".formatted(mark) + frame.substring(MARK + 8);
    }

    /// In the name of the VM that this one is a copy of, say.
    private static String forged() {
        return Frames.arp(GATEWAY_MAC, ANOTHER_MAC, 2, ANOTHER_MAC, ANOTHER, GATEWAY);
    }

    private static String hex(String mac) {
        return mac.replace(":", "");
    }

    private static List<String> all(Wire wire) {
        var frames = new ArrayList<String>();
        for (var next = wire.read(); next.isPresent(); next = wire.read()) {
            frames.add(next.get());
        }
        return frames;
    }

    private boolean isOff() {
        return !link().contains("master") && !link().contains("UP");
    }

    private String link() {
        return world.host.ip("-o -d link show dev " + TAP);
    }

    private String index() {
        return link().split(":", 2)[0];
    }

    private String ruleset() {
        return world.host.run("nft", "list", "ruleset").orThrow();
    }
}

package dev.cove.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.cove.core.Bytes;
import dev.cove.core.CoveException;
import dev.cove.core.Digest;
import dev.cove.core.HostKey;
import dev.cove.core.Identity;
import dev.cove.core.Image;
import dev.cove.core.Ipv4;
import dev.cove.core.Labels;
import dev.cove.core.Mac;
import dev.cove.core.Name;
import dev.cove.core.Owner;
import dev.cove.core.Power;
import dev.cove.core.Role;
import dev.cove.core.Shape;
import dev.cove.core.SshKey;
import dev.cove.core.Subnet;
import dev.cove.core.VmId;
import dev.cove.core.VmSpec;
import dev.cove.core.port.Boot.Person;
import dev.cove.guest.RealGuest.Server;
import dev.cove.platform.Command;
import dev.cove.testkit.DebianPackages;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// One guest that becomes this one and that one.
@Tag("vm")
@Tag("root")
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class RealGuestTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Ipv4 HERE = Ipv4.parse("10.100.3.10");
    private static final Ipv4 THERE = Ipv4.parse("10.100.3.99");
    private static final long MEBIBYTE = 1 << 20;

    private static final SecureRandom RANDOM = new SecureRandom();
    private static final GuestBoot BOOT =
            new GuestBoot(_ -> 0, new Resolvers(List.of()), Clock.systemUTC(), RANDOM);

    @TempDir static Path folder;
    private static Path key;
    private static RealGuest guest;

    private Person person = person(HERE);

    @BeforeAll
    static void start() throws Exception {
        assumeTrue(
                System.getProperty("user.name").equals("root"),
                "needs root to make files of root in a guest's disk");
        key = folder.resolve("key");
        Command.of("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", key.toString())
                .run()
                .orThrow();
        var unpacked = Files.createDirectory(folder.resolve("unpacked"));
        DebianPackages.unpack(unpacked);
        new BootKit().assemble(unpacked, "/sbin/init", folder);
        Files.move(folder.resolve("initramfs"), folder.resolve("image-initramfs"));
        var tree =
                RootTree.in(
                        Files.createDirectory(folder.resolve("tree")),
                        unpacked.resolve("bin/busybox"));
        tree.write("root/.ssh/authorized_keys", "# mine\n");
        var disk = tree.disk(folder.resolve("disk.raw"));
        var files = BOOT.prepare(spec("here", 64), image(), person(HERE), folder);
        guest = RealGuest.start(folder, files, disk, List.of(HERE, THERE));
        BOOT.awaitWord(guest, LIMIT);
        // They start after that.
        ask(awaiting("/run/sshd.pid"));
        ask(awaiting("/run/dropbear.pid"));
    }

    @AfterAll
    static void stop() {
        if (guest != null) {
            guest.close();
        }
    }

    @BeforeEach
    void becomeSomebody() throws Exception {
        become("here", person);
    }

    @Test
    void takesItsNameItsAddressesAndItsMachineId() throws Exception {
        become("there", person(THERE));

        var seen = sh(THERE, "hostname; cat /etc/hostname /etc/machine-id; ip addr; ip route");
        assertThat(seen.lines())
                .startsWith("there", "there", person.identity().machineId())
                .anyMatch(line -> line.contains("link/ether " + Mac.of(THERE)))
                .anyMatch(line -> line.contains("inet 10.100.3.99/16 brd 10.100.255.255"))
                .anyMatch(line -> line.startsWith("default via 10.100.0.1 "));
        assertThat(seen).doesNotContain(HERE.toString());
        assertThat(sh(THERE, "cat /etc/hosts"))
                .contains("10.100.3.99 there.internal there\n")
                .doesNotContain("here.internal here");
    }

    /// The network here says by itself whose the address is, but only to what speaks with it.
    @Test
    void knowsItsGatewayWithoutAsking() throws Exception {
        become("there", person(THERE));
        var gateway = Ipv4.parse("10.100.0.1");
        var netmask = IdentityText.netmask(person);

        GuestTalk.with(
                guest,
                LIMIT,
                RANDOM,
                talk ->
                        talk.ask(
                                "cat /proc/net/arp >/run/arp; answer",
                                c -> c.setAddress(Mac.of(HERE), HERE, netmask, gateway)));

        assertThat(sh(HERE, "cat /run/arp")).containsPattern("10.100.0.1 .* 02:c0:0a:64:00:01 ");
    }

    /// What is left of a question whose asker has gone is not to be the beginning of the next one.
    @Test
    void becomesSomebodyHoweverOftenWhoeverAsksIsInterrupted() throws Exception {
        var seed = RANDOM.nextInt(10_000);
        var random = new Random(seed);
        for (var round = 0; round < 30; round++) {
            var asks = round % 2 == 0;
            var asking =
                    Thread.ofVirtual()
                            .start(asks ? this::becomeOrBeInterrupted : this::lookOrBeInterrupted);
            var _ = asking.join(Duration.ofNanos(random.nextInt(30_000_000)));
            asking.interrupt();
            assertThat(asking.join(LIMIT)).isTrue();

            assertThatCode(() -> become("here", person))
                    .as("round %d, seed %d", round, seed)
                    .doesNotThrowAnyException();
        }
        assertThat(sh(HERE, "hostname").strip()).isEqualTo("here");
    }

    private void lookOrBeInterrupted() {
        try {
            GuestTalk.with(
                    guest,
                    LIMIT,
                    RANDOM,
                    talk -> {
                        for (var i = 0; i < 100; i++) {
                            var _ = talk.tell(calls -> calls);
                        }
                        return true;
                    });
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void becomeOrBeInterrupted() {
        try {
            become("here", person);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void letsOnlyItsOwnKeysInAndLeavesOtherLinesAlone() throws Exception {
        var one = person;
        var two = List.of(clientKey(), HostKey.random(RANDOM).publicKey());
        become("here", new Person(one.identity(), HERE, one.subnet(), two));
        become("here", one);

        assertThat(sh(HERE, "grep . .ssh/authorized_keys"))
                .isEqualTo("# begin cove\n" + clientKey() + "\n# end cove\n# mine\n");
    }

    @Test
    void showsItsNewHostKeyOnEveryServer() throws Exception {
        become("here", person(HERE));

        var shown = person.identity().hostKey().publicKey().base64();
        assertThat(guest.hostKey(Server.openSsh(HERE))).isEqualTo(shown);
        assertThat(guest.hostKey(Server.dropbear(HERE))).isEqualTo(shown);
    }

    @Test
    void keepsSessionsWhenItsHostKeyChanges() throws Exception {
        try (var openSsh = new Session(Server.openSsh(HERE));
                var dropbear = new Session(Server.dropbear(HERE))) {
            become("here", person(HERE));

            assertThat(openSsh.says("still here")).isEqualTo("still here");
            assertThat(dropbear.says("here, too")).isEqualTo("here, too");
        }
    }

    @Test
    void keepsItsServersWhenItIsThatOneAlready() throws Exception {
        // A server that starts makes its pid file anew.
        var look = "cat /run/*.pid; stat -c %i /run/*.pid";
        var servers = sh(HERE, look);

        become("here", person);

        assertThat(sh(HERE, look)).isEqualTo(servers);
    }

    @Test
    void hasTheRightTime() throws Exception {
        ask("date -s @1000000000 >/dev/null; answer");

        become("here", person);

        var before = Instant.now();
        var shown = tell();
        assertThat(shown).isAfter(before.minusMillis(100)).isBefore(Instant.now().plusMillis(100));
    }

    @Test
    void hasItsClockMovedWhileItRuns() throws Exception {
        ask("date -s @1000000000 >/dev/null; answer");

        var clock = new GuestClock(Clock.systemUTC(), RANDOM);
        var off = GuestTalk.with(guest, LIMIT, RANDOM, clock::settle);

        assertThat(off.abs()).isLessThan(Duration.ofMillis(30));
        assertThat(Duration.between(tell(), Instant.now()).abs()).isLessThan(Duration.ofSeconds(1));
    }

    @Test
    void writesNothingWhileItIsFrozen() throws Exception {
        assertThat(BOOT.freeze(guest, LIMIT)).isTrue();
        ask("rm -f /run/written; (echo x >/root/file; echo x >/run/written) & answer");
        ask("usleep 300000; answer");
        assertThatThrownBy(() -> ask("[ -e /run/written ] && answer || refuse frozen"))
                .hasMessage("the guest says: frozen");

        BOOT.thaw(guest, LIMIT);

        ask(awaiting("/run/written"));
    }

    @Test
    void thawsWhenItBecomesSomebody() throws Exception {
        assertThat(BOOT.freeze(guest, LIMIT)).isTrue();

        become("there", person(THERE));

        assertThat(sh(THERE, "touch /root/file && cat /etc/hostname")).isEqualTo("there\n");
    }

    @Test
    void thawsByItselfWhenNobodyThawsIt() throws Exception {
        var soon = new Calls().pause(Duration.ofMillis(500)).thaw().end();
        ask("printf '" + IdentityText.escaped(soon) + "' >/run/cove/thaw; answer");
        assertThat(BOOT.freeze(guest, LIMIT)).isTrue();

        ask("rm -f /run/written; (echo x >/root/file; echo x >/run/written) & answer");

        ask(awaiting("/run/written"));
    }

    @Test
    void saysThatItIsUpToEveryHostAndObeysLines() throws Exception {
        for (var host = 0; host < 3; host++) {
            try (var channel = guest.openGuestChannel()) {
                channel.write(ByteBuffer.wrap("nonsense\nup\n".getBytes(StandardCharsets.UTF_8)));
                var lines = new GuestLines(channel);
                var line = String.valueOf(lines.next());
                assertThat(line.equals("up") ? lines.next() : line).isEqualTo("unknown");
                assertThat(lines.next()).isEqualTo("up");
            }
        }
    }

    @Test
    void obeysTheNextHostWhenOneGoesInTheMiddleOfAWord() throws Exception {
        var list = new Calls("token=1").end();
        try (var channel = guest.openGuestChannel()) {
            channel.write(ByteBuffer.wrap(Arrays.copyOf(list, list.length / 2)));
        }

        BOOT.awaitWord(guest, LIMIT);
        become("there", person(THERE));
    }

    @Test
    void saysWhatItCannotDo() {
        assertThatThrownBy(() ->
                        GuestTalk.with(
                                guest,
                                LIMIT,
                                RANDOM,
                                talk -> talk.tell(c -> c.pause(Duration.ofSeconds(-1)))))
                .isInstanceOf(CoveException.class)
                .hasMessage("the guest says: it could not wait");
    }

    @Test
    void leavesNothingOfATemplateBehind() throws Exception {
        sh(HERE, "echo secret >/root/.ash_history; echo it was me >/var/log/messages");

        BOOT.prepareTemplate(guest, LIMIT);
        become("there", person(THERE));

        assertThat(sh(THERE, "ls -A /root; cat /var/log/messages; ip addr"))
                .doesNotContain("history", "it was me", HERE.toString());
        var shown = person.identity().hostKey().publicKey().base64();
        assertThat(guest.hostKey(Server.openSsh(THERE))).isEqualTo(shown);
        assertThat(guest.hostKey(Server.dropbear(THERE))).isEqualTo(shown);
        assertThat(sh(THERE, "ls -l /etc/ssh"))
                .contains("-rw-------    1 root     root           387")
                .doesNotContain("prw", ".cove");
    }

    @Test
    void growsWithItsDisk() throws Exception {
        guest.growDisk(96 * MEBIBYTE);

        become("here", person, 96);

        assertThat(rootSize()).isGreaterThan(80 * MEBIBYTE);
    }

    @Test
    void growsWhileItRuns() throws Exception {
        guest.growDisk(128 * MEBIBYTE);

        BOOT.grow(guest, Bytes.mebibytes(128), LIMIT);
        BOOT.grow(guest, Bytes.mebibytes(128), LIMIT);

        assertThat(rootSize()).isGreaterThan(110 * MEBIBYTE);
        assertThatThrownBy(() -> BOOT.grow(guest, Bytes.mebibytes(512), LIMIT))
                .hasMessageContaining("its file system did not grow");
    }

    private static long rootSize() throws Exception {
        return 4096 * Long.parseLong(sh(HERE, "stat -f -c %b /").strip());
    }

    private void become(String name, Person who) throws InterruptedException {
        become(name, who, 64);
    }

    private void become(String name, Person who, int mebibytes) throws InterruptedException {
        BOOT.become(guest, spec(name, mebibytes), who, Mac.of(who.address()), LIMIT);
        person = who;
    }

    private static Instant ask(String text) throws InterruptedException {
        return GuestTalk.with(guest, LIMIT, RANDOM, talk -> talk.ask(text, calls -> calls));
    }

    private static Instant tell() throws InterruptedException {
        return GuestTalk.with(guest, LIMIT, RANDOM, talk -> talk.tell(calls -> calls));
    }

    private static String awaiting(String file) {
        return "tries=0; until [ -e %s ] || [ $tries -gt 500 ]; do usleep 20000; tries=$((tries + 1));"
                        .formatted(file)
                + " done; [ -e %s ] && answer || refuse 'no %s'".formatted(file, file);
    }

    private static String sh(Ipv4 address, String command) throws InterruptedException {
        return Command.of(guest.ssh(Server.openSsh(address), key, command))
                .within(LIMIT)
                .run()
                .orThrow();
    }

    private static Person person(Ipv4 address) {
        var id = new byte[16];
        RANDOM.nextBytes(id);
        var identity = new Identity(HexFormat.of().formatHex(id), HostKey.random(RANDOM));
        return new Person(identity, address, Subnet.parse("10.100.0.1/16"), List.of(clientKey()));
    }

    private static SshKey clientKey() {
        try {
            return SshKey.parse(Files.readString(Path.of(key + ".pub")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static VmSpec spec(String name, int mebibytes) {
        return new VmSpec(
                new VmId("vm-abcd2345"),
                new Name(name),
                new Owner("me"),
                Role.GUEST,
                image().ref(),
                new Shape(1, Bytes.mebibytes(192), Bytes.mebibytes(mebibytes)),
                Optional.empty(),
                List.of(),
                Labels.NONE,
                Power.RUNNING,
                1,
                Optional.empty(),
                LIMIT,
                Optional.empty(),
                Instant.EPOCH);
    }

    private static Image image() {
        return new Image(
                new Name("tiny"),
                new Digest("sha256:" + "0".repeat(64)),
                Bytes.mebibytes(64),
                Bytes.mebibytes(64),
                "a test",
                "root",
                folder.resolve("disk.raw"),
                folder.resolve("vmlinux"),
                folder.resolve("image-initramfs"),
                "net.ifnames=0",
                Instant.EPOCH);
    }

    /// A session that answers with what it hears.
    private static final class Session implements AutoCloseable {
        private final Process client;
        private final BufferedReader heard;

        Session(Server server) throws IOException {
            client = new ProcessBuilder(guest.ssh(server, key, "echo in; cat")).start();
            heard =
                    new BufferedReader(
                            new InputStreamReader(client.getInputStream(), StandardCharsets.UTF_8));
            assertThat(heard.readLine()).isEqualTo("in");
        }

        String says(String words) throws IOException {
            client.getOutputStream().write((words + "\n").getBytes(StandardCharsets.UTF_8));
            client.getOutputStream().flush();
            return heard.readLine();
        }

        @Override
        public void close() {
            client.destroyForcibly();
        }
    }
}

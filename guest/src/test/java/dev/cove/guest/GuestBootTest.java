package dev.cove.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cove.core.Bytes;
import dev.cove.core.CoveException;
import dev.cove.core.Digest;
import dev.cove.core.HostKey;
import dev.cove.core.Identity;
import dev.cove.core.Image;
import dev.cove.core.Ipv4;
import dev.cove.core.Labels;
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
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GuestBootTest {
    private static final Duration LONG = Duration.ofSeconds(20);

    private final SshKey key = HostKey.random(new SecureRandom()).publicKey();
    private final Person web =
            new Person(
                    new Identity(
                            "0123456789abcdef0123456789abcdef", HostKey.random(new SecureRandom())),
                    Ipv4.parse("10.100.3.10"),
                    Subnet.parse("10.100.0.1/16"),
                    List.of(key));

    @TempDir Path folder;

    @Test
    void makesItsInitramfsOfWholePages() throws Exception {
        var files = boot().prepare(spec("web", 4), image(4), web, folder);

        assertThat(Files.size(files.initramfs()) % 4096).isZero();
    }

    @Test
    void appendsTheIdentityToTheImagesInitramfs() throws Exception {
        var files = boot().prepare(spec("web", 4), image(4), web, folder);

        var entries = CpioReader.read(Files.readAllBytes(files.initramfs()));
        assertThat(entries.entry("lib/modules/order").text()).isEqualTo("the image's");
        assertThat(entries.entry("cove/identity").text())
                .contains(
                        """
                        hostname='web'
                        machine_id='0123456789abcdef0123456789abcdef'
                        address='10.100.3.10'
                        """)
                .contains("netmask='255.255.0.0'\ngateway='10.100.0.1'\n")
                .contains("authorized_keys='" + key + "'\n")
                .contains("10.100.3.10 web.internal web'\n")
                .endsWith("grow='no'\n");
    }

    @Test
    void bringsItsOwnAgentWhateverTheImageWasBuiltWith() throws Exception {
        var files = boot().prepare(spec("web", 4), image(4), web, folder);

        var entries = CpioReader.read(Files.readAllBytes(files.initramfs()));
        assertThat(entries.entry("init").text()).startsWith("#!/bin/sh");
        assertThat(entries.entry("cove/agent").text()).startsWith("#!/run/cove/busybox sh");
        assertThat(entries.entry("cove/calls").permissions()).isEqualTo(0700);
    }

    @Test
    void tellsTheGuestWhomToAskForNames() throws Exception {
        var resolvers = Files.writeString(folder.resolve("resolv.conf"), "nameserver 192.0.2.1\n");

        var files =
                boot(new Resolvers(List.of(resolvers)))
                        .prepare(spec("web", 4), image(4), web, folder);

        var entries = CpioReader.read(Files.readAllBytes(files.initramfs()));
        assertThat(entries.entry("cove/identity").text())
                .contains("resolv_conf='nameserver 192.0.2.1'\n");
    }

    @Test
    void letsNobodyElseReadTheHostKey() throws Exception {
        var files = boot().prepare(spec("web", 4), image(4), web, folder);

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(files.initramfs())))
                .isEqualTo("r--------");
        var entries = CpioReader.read(Files.readAllBytes(files.initramfs()));
        assertThat(entries.entry("cove").permissions()).isEqualTo(0700);
        assertThat(entries.entry("cove/identity").permissions()).isEqualTo(0600);
    }

    @Test
    void writesTheSameAgainOverAnOlderOne() throws Exception {
        var first = Files.readAllBytes(prepared());

        assertThat(Files.readAllBytes(prepared())).isEqualTo(first);
        try (var left = Files.list(folder)) {
            assertThat(left.map(f -> f.getFileName().toString()))
                    .containsExactlyInAnyOrder("image-initramfs", "initramfs");
        }
    }

    @Test
    void tellsTheGuestToGrowWhenItsDiskIsLargerThanTheImages() throws Exception {
        boot().prepare(spec("web", 8), image(4), web, folder);

        var entries = CpioReader.read(Files.readAllBytes(folder.resolve("initramfs")));
        assertThat(entries.entry("cove/identity").text()).endsWith("grow='yes'\n");
    }

    @Test
    void writesADropbearKeyAsDropbearReadsIt() {
        var hostKey = web.identity().hostKey();

        assertThat(HexFormat.of().formatHex(IdentityText.dropbear(hostKey)))
                .isEqualTo(
                        "0000000b"
                                + "7373682d65643235353139"
                                + "00000040"
                                + HexFormat.of().formatHex(hostKey.secretAndPublic()));
    }

    @Test
    void hearsTheFirstWordThroughNoise() throws Exception {
        try (var machine = new TalkingMachine(folder)) {
            machine.say("time 12\n\n\u0000\u0007upp\nup\n");

            assertThatCode(() -> boot().awaitWord(machine, LONG)).doesNotThrowAnyException();
        }
    }

    @Test
    void givesUpOnAGuestThatSendsRubbishForEver() throws Exception {
        try (var machine = new TalkingMachine(folder)) {
            machine.say("rubbish ".repeat(10_000));

            assertThatThrownBy(() -> boot().awaitWord(machine, LONG))
                    .isInstanceOf(CoveException.class)
                    .hasMessageContaining("something else");
        }
    }

    @Test
    void speaksToAGuestThatDidNotNoticeIt() throws Exception {
        try (var machine = new TalkingMachine(folder)) {
            machine.answer(line -> line.equals("up") ? "up\n" : "unknown\n");

            assertThatCode(() -> boot().awaitWord(machine, LONG)).doesNotThrowAnyException();
        }
    }

    @Test
    void givesUpOnASilentGuest() throws Exception {
        try (var machine = new TalkingMachine(folder)) {
            machine.say("");

            assertThatThrownBy(() -> boot().awaitWord(machine, Duration.ofMillis(50)))
                    .isInstanceOf(CoveException.class)
                    .hasMessageContaining("said nothing");
        }
    }

    @Test
    void saysSoWhenTheMachineGoes() throws Exception {
        try (var machine = new TalkingMachine(folder)) {
            machine.hangUp();

            assertThatThrownBy(() -> boot().awaitWord(machine, LONG))
                    .isInstanceOf(CoveException.class)
                    .hasMessageContaining("broke");
        }
    }

    private Path prepared() throws IOException {
        return boot().prepare(spec("web", 4), image(4), web, folder).initramfs();
    }

    private GuestBoot boot() throws IOException {
        return boot(new Resolvers(List.of()));
    }

    private GuestBoot boot(Resolvers resolvers) throws IOException {
        var me = (Integer) Files.getAttribute(folder, "unix:uid");
        return new GuestBoot(person -> me, resolvers, Clock.systemUTC(), new Random(1));
    }

    private Image image(int gibibytes) throws IOException {
        var initramfs = folder.resolve("image-initramfs");
        Files.write(initramfs, new Cpio().file("lib/modules/order", 0644, "the image's").end());
        return new Image(
                new Name("debian-slim"),
                new Digest("sha256:" + "0".repeat(64)),
                Bytes.gibibytes(gibibytes),
                Bytes.mebibytes(200),
                "debian trixie",
                "root",
                folder.resolve("disk.raw"),
                folder.resolve("vmlinux"),
                initramfs,
                "net.ifnames=0",
                Instant.EPOCH);
    }

    private VmSpec spec(String name, int gibibytes) throws IOException {
        return new VmSpec(
                new VmId("vm-abcd2345"),
                new Name(name),
                new Owner("me"),
                Role.GUEST,
                image(gibibytes).ref(),
                new Shape(1, Bytes.mebibytes(256), Bytes.gibibytes(gibibytes)),
                Optional.empty(),
                List.of(),
                Labels.NONE,
                Power.RUNNING,
                1,
                Optional.empty(),
                Duration.ofSeconds(10),
                Optional.empty(),
                Instant.EPOCH);
    }
}

package dev.cove.vmm.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.cove.core.Accelerator;
import dev.cove.core.Finding;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A QEMU of a few lines that plays one kind of host after the other.
class TrialsTest {
    private static final String RUNS = "exit 99";
    private static final String GIVES_UP =
            "echo 'Could not access KVM kernel module: Permission denied' >&2; exit 1";
    private static final String NEVER_RUNS = "exec sleep 60";

    @TempDir Path folder;

    private Path device;
    private Path qemu;

    @BeforeEach
    void makeDevice() throws IOException {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        device = Files.createFile(folder.resolve("kvm"));
        qemu = folder.resolve("qemu");
    }

    @Test
    void takesKvmWhereItRunsAGuest() throws Exception {
        var probe = probe(RUNS, RUNS);

        assertThat(probe.accelerators()).containsExactly(Accelerator.KVM, Accelerator.TCG);
        assertThat(kvm(probe).level()).isEqualTo(Finding.Level.OK);
    }

    @Test
    void doesWithoutAKvmThatNeverRunsAGuest() throws Exception {
        var probe = probe(NEVER_RUNS, RUNS);

        assertThat(probe.accelerators()).containsExactly(Accelerator.TCG);
        assertThat(kvm(probe).says()).contains("never runs a guest", "so guests run in software");
    }

    @Test
    void doesWithoutAKvmThatIsNotThere() throws Exception {
        Files.delete(device);

        assertThat(kvm(probe(RUNS, RUNS)).says()).contains("there is no " + device);
    }

    @Test
    @Tag("root")
    void tellsThatOnlyTheRightsOfKvmAreWrong() throws Exception {
        Files.setPosixFilePermissions(device, PosixFilePermissions.fromString("rw-------"));

        var probe = probe("[ $(id -u) != 0 ] || exit 99; " + GIVES_UP, RUNS);

        assertThat(probe.accelerators()).containsExactly(Accelerator.TCG);
        assertThat(kvm(probe).says()).contains("only for root", "root:root 0600");
        assertThat(kvm(probe).remedy()).contains("chmod 0660", "udev");
    }

    @Test
    @Tag("root")
    void tellsThatKvmNeverRunsAGuestEvenIfTheRightsAreWrongToo() throws Exception {
        var probe = probe("[ $(id -u) != 0 ] || exec sleep 60; " + GIVES_UP, RUNS);

        assertThat(kvm(probe).says()).contains("never runs a guest");
    }

    @Test
    @Tag("root")
    void tellsInQemusWordsWhatIsWrongForEverybody() throws Exception {
        var probe = probe(GIVES_UP, RUNS);

        assertThat(kvm(probe).says()).contains("not even for root", "Permission denied");
    }

    @Test
    @Tag("root")
    void getsToKvmByItsGroup() throws Exception {
        Files.setPosixFilePermissions(device, PosixFilePermissions.fromString("rw-rw----"));
        Files.setAttribute(device, "unix:gid", 4711);

        var probe = probe("[ -r %s -a -w %s ] && exit 99; exit 1".formatted(device, device), RUNS);

        assertThat(probe.accelerators()).containsExactly(Accelerator.KVM, Accelerator.TCG);
    }

    @Test
    void looksAgainUntilSomethingRuns() throws Exception {
        var program = new QemuProgram(List.of(qemu.toString()));
        var probing =
                new Probing(
                        () -> Probe.of(program, Board.MICROVM, new KvmDevice(device), folder),
                        program::stamp);
        assertThat(probing.await().whyNot()).contains("apt-get install");

        play(RUNS, RUNS);
        var found = probing.await();
        Files.delete(qemu);

        assertThat(found.usable()).isTrue();
        assertThat(probing.await()).isSameAs(found);
    }

    @Test
    void looksAgainWhenAnotherQemuIsInItsPlace() throws Exception {
        var program = new QemuProgram(List.of(qemu.toString()));
        play(RUNS, RUNS);
        var probing =
                new Probing(
                        () -> Probe.of(program, Board.MICROVM, new KvmDevice(device), folder),
                        program::stamp);
        var first = probing.await();
        assertThat(probing.await()).isSameAs(first);

        Files.writeString(qemu, Files.readString(qemu).replace("7.2.22", "7.2.23"));

        assertThat(probing.await().version()).isEqualTo("7.2.23");
        assertThat(first.version()).isEqualTo("7.2.22");
    }

    @Test
    void saysWhyItCouldNotLook() {
        var probing =
                new Probing(
                        () -> {
                            throw new IOException("the disk is full");
                        },
                        () -> "");

        assertThatThrownBy(probing::await).hasMessageContaining("the disk is full");
    }

    private static Finding kvm(Probe probe) {
        return probe.findings().stream()
                .filter(finding -> finding.subject().equals("kvm"))
                .findFirst()
                .orElseThrow();
    }

    private Probe probe(String withKvm, String inSoftware) throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/setpriv")), "needs setpriv (util-linux)");
        play(withKvm, inSoftware);
        var program = new QemuProgram(List.of(qemu.toString()));
        return Probe.of(program, Board.MICROVM, new KvmDevice(device), folder);
    }

    private void play(String withKvm, String inSoftware) throws IOException {
        Files.writeString(
                qemu,
                """
                #!/bin/sh
                case "$*" in
                --version) echo "QEMU emulator version 7.2.22" ;;
                *help) echo "microvm  microvm (i386)" ;;
                *"-accel kvm"*) %s ;;
                *"-accel tcg"*) %s ;;
                esac
                """
                        .formatted(withKvm, inSoftware));
        Files.setPosixFilePermissions(qemu, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
}

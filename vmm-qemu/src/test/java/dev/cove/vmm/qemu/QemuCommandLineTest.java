package dev.cove.vmm.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cove.core.Accelerator;
import dev.cove.core.Bytes;
import dev.cove.core.Mac;
import dev.cove.core.VmId;
import dev.cove.core.port.BootFiles;
import dev.cove.core.port.Tap;
import dev.cove.core.port.Vmm.Launch;
import dev.cove.core.port.Vmm.Sharers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class QemuCommandLineTest {
    private static final Bytes ROOM = Bytes.mebibytes(48);
    private static final Facts TRANSLATED =
            new Facts(
                    Board.MICROVM,
                    Accelerator.TCG,
                    OptionalLong.of(2_596_130),
                    Translator.OF_QEMU_7,
                    ROOM);
    private static final Facts NEWER =
            new Facts(
                    Board.MICROVM,
                    Accelerator.TCG,
                    OptionalLong.empty(),
                    Translator.OF_QEMU_10,
                    ROOM);

    @Test
    void givesATranslatedGuestItsClockRateBeforeAnythingElse() {
        assertThat(after(line(TRANSLATED), "-append"))
                .isEqualTo(
                        "console=ttyS0 reboot=t panic=10 sysctl.vm.compaction_proactiveness=0"
                                + " tsc=reliable no_timer_check tsc_early_khz=2596130"
                                + " norandmaps root=/dev/vda");
    }

    @Test
    void leavesAddressesRandomWhereThatCostsNothing() {
        assertThat(after(line(NEWER), "-append")).doesNotContain("norandmaps");
        assertThat(Translator.of("7.2.22").retranslates()).isTrue();
        assertThat(Translator.of("10.0.8").retranslates()).isFalse();
    }

    @Test
    void sparesAGuestThatKnowsItsClockRateATimerThatNobodyStops() {
        var untold =
                new Facts(
                        Board.MICROVM,
                        Accelerator.TCG,
                        OptionalLong.empty(),
                        Translator.OF_QEMU_7,
                        ROOM);
        var accelerated =
                new Facts(
                        Board.MICROVM,
                        Accelerator.KVM,
                        OptionalLong.of(2_596_130),
                        Translator.OF_QEMU_7,
                        ROOM);
        var large =
                new Facts(
                        Board.Q35,
                        Accelerator.TCG,
                        OptionalLong.of(2_596_130),
                        Translator.OF_QEMU_7,
                        ROOM);

        assertThat(after(line(TRANSLATED), "-machine")).startsWith("microvm,").contains(",pit=off");
        assertThat(after(line(untold), "-machine")).doesNotContain("pit");
        assertThat(after(line(accelerated), "-machine")).doesNotContain("pit");
        assertThat(after(line(large), "-machine")).doesNotContain("pit");
    }

    @Test
    void givesTranslatedCodeTheRoomThatThereIsForIt() {
        assertThat(after(line(TRANSLATED), "-accel")).isEqualTo("tcg,thread=multi,tb-size=48");
    }

    @Test
    void keepsWhatTheHostHasReadOfTheDiskWhenTheGuestIsSaved() {
        assertThat(after(line(TRANSLATED), "-blockdev")).contains(",drop-cache=off,");
    }

    @Test
    void leavesTheClockOfAnAcceleratedGuestAlone() {
        var line =
                line(
                        new Facts(
                                Board.MICROVM,
                                Accelerator.KVM,
                                OptionalLong.of(2_596_130),
                                Translator.OF_QEMU_7,
                                ROOM));

        assertThat(after(line, "-append")).doesNotContain("tsc", "norandmaps");
        assertThat(after(line, "-accel")).isEqualTo("kvm");
        assertThat(after(line, "-cpu")).isEqualTo("host");
    }

    @Test
    void hidesFromATranslatedGuestThatItsProcessorCopiesByteByByte() {
        assertThat(after(line(TRANSLATED), "-cpu")).isEqualTo("max,la57=off,erms=off,fsrm=off");
        assertThat(after(line(NEWER), "-cpu"))
                .isEqualTo("max,la57=off,erms=off,fsrm=off,fsrs=off,fzrm=off,fsrc=off");
    }

    @Test
    void putsDevicesOnTheBusOfTheBoard() {
        assertThat(line(TRANSLATED))
                .contains("virtio-blk-device,drive=disk", "virtio-serial-device,max_ports=2")
                .contains("virtio-net-device,netdev=net,guest_announce=off,mac=02:c0:0a:64:00:0a")
                .noneMatch(word -> word.contains("-pci"));
        assertThat(
                        line(
                                new Facts(
                                        Board.Q35,
                                        Accelerator.TCG,
                                        OptionalLong.empty(),
                                        Translator.OF_QEMU_10,
                                        ROOM)))
                .contains("virtio-blk-pci,drive=disk", "virtio-serial-pci,max_ports=2")
                .contains(
                        "virtio-net-pci,netdev=net,guest_announce=off,mac=02:c0:0a:64:00:0a,romfile=");
    }

    @Test
    void staysAfterThePowerOffAndShutsItselfIn() {
        assertThat(line(TRANSLATED))
                .contains("-no-shutdown", "-nodefaults", "-no-user-config")
                .contains("on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny")
                .doesNotContain("-no-reboot");
    }

    @Test
    void waitsForWhatItWasAndBootsNothingWhenItIsResumed() {
        var launch = launch(Path.of("/data/vms/vm-abcd1234"));
        var booted = new ArrayList<>(line(TRANSLATED));
        var resumed = QemuCommandLine.of(launch, TRANSLATED, Origin.STREAM);

        assertThat(resumed).doesNotContain("-kernel", "-initrd", "-append");
        assertThat(resumed).contains("-S").containsSequence("-incoming", "defer");
        assertThat(resumed).containsSequence("-action", "reboot=shutdown");
        var from = booted.indexOf("-kernel");
        booted.subList(from, from + 6).clear();
        assertThat(resumed).as("else it is the same machine").containsAll(booted);
    }

    @Test
    void givesATemplateMemoryThatItsForksCannotChange() {
        var launch = launch(Path.of("/data/vms/vm-abcd1234"));
        var template = after(QemuCommandLine.of(launch, TRANSLATED, Origin.TEMPLATE), "-object");
        var fork = after(QemuCommandLine.of(launch, TRANSLATED, Origin.FORK), "-object");

        assertThat(template)
                .startsWith("memory-backend-file,share=on,mem-path=/proc/self/fd/0,")
                .endsWith(",merge=off");
        assertThat(fork).isEqualTo(template.replace("share=on", "share=off"));
        assertThat(QemuCommandLine.of(launch, TRANSLATED, Origin.TEMPLATE)).contains("-kernel");
        assertThat(QemuCommandLine.of(launch, TRANSLATED, Origin.FORK)).doesNotContain("-kernel");
    }

    @Test
    void opensTheTapByItsName() {
        assertThat(after(line(TRANSLATED), "-netdev"))
                .isEqualTo("tap,id=net,ifname=cv-abcd1234,script=no,downscript=no,vhost=off");
    }

    @Test
    void letsNoPathEndAnOptionEarly() {
        var line =
                QemuCommandLine.of(
                        launch(Path.of("/srv/a,b=c/vm-abcd1234")), TRANSLATED, Origin.BOOT);

        assertThat(line)
                .contains("socket,id=qmp,path=/srv/a,,b=c/vm-abcd1234/qmp.sock,server=on,wait=off")
                .contains(
                        "socket,id=console,path=/srv/a,,b=c/vm-abcd1234/console.sock,server=on,"
                                + "wait=off,logfile=/srv/a,,b=c/vm-abcd1234/console.log,logappend=on");
    }

    private static List<String> line(Facts facts) {
        return QemuCommandLine.of(launch(Path.of("/data/vms/vm-abcd1234")), facts, Origin.BOOT);
    }

    private static Launch launch(Path folder) {
        return new Launch(
                new VmId("vm-abcd1234"),
                1,
                folder,
                2,
                Bytes.mebibytes(512),
                Path.of("/data/pool/disks/vm-abcd1234"),
                new BootFiles(Path.of("/k"), folder.resolve("initramfs"), "root=/dev/vda"),
                new Tap("cv-abcd1234", new Mac("02:c0:0a:64:00:0a")),
                200_010,
                Sharers.NOBODY);
    }

    private static String after(List<String> line, String option) {
        return line.get(line.indexOf(option) + 1);
    }
}

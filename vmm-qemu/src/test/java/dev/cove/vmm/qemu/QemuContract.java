package dev.cove.vmm.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.cove.core.Accelerator;
import dev.cove.core.CoveException;
import dev.cove.core.Finding;
import dev.cove.core.port.Machine.Life;
import dev.cove.guest.GuestBoot;
import dev.cove.platform.LinuxProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What the driver promises, held to real machines of one QEMU.
abstract class QemuContract extends RealMachines {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final long MOST_LOG = 4 << 20;

    @ParameterizedTest
    @EnumSource(Board.class)
    void bootsAGuestThatHasWhatItWasGiven(Board board) throws Exception {
        var launch = bench.prepare();
        var machine = bench.own(bench.vmm(board).launch(launch));

        assertThat(Bench.talk(machine, "disk", "mac", "cpus", "clock"))
                .startsWith("up", "262144", "02:c0:0a:64:00:0a", "1");
        assertThat(machine.life()).isEqualTo(Life.RUNNING);
        assertThat(machine.consoleLog()).content().contains("test guest is up");
        assertThat(launch.folder().resolve("qemu.log")).content().doesNotContain("deprecated");
    }

    @Test
    void runsAsItsOwnUserBehindDoorsThatOthersCannotOpen() throws Exception {
        var launch = bench.prepare();
        var machine = bench.own(bench.vmm(Board.MICROVM).launch(launch));

        var status = Files.readString(Path.of("/proc/" + machine.process().pid() + "/status"));
        assertThat(status).contains("Uid:\t" + Bench.USER).contains("NoNewPrivs:\t1");
        assertThat(status).containsPattern("Groups:\\s*\n").contains("Seccomp:\t2");
        assertThat(Path.of("/proc/" + machine.process().pid() + "/oom_score_adj"))
                .as("it ends before the daemon when memory runs out")
                .hasContent("500");
        assertThat(Files.getAttribute(launch.folder(), "unix:mode")).isEqualTo(0041770);
        assertThat(Files.getAttribute(launch.folder(), "unix:uid")).isEqualTo(0);
    }

    @Test
    void staysWhenTheGuestTurnsItselfOffUntilItIsKilled() throws Exception {
        var launch = bench.prepare();
        var machine = bench.own(bench.vmm(Board.MICROVM).launch(launch));
        var changed = new CountDownLatch(1);
        machine.onChange(changed::countDown);
        assertThat(Bench.talk(machine)).containsExactly("up");

        try (var channel = Bench.tell(machine, "poweroff")) {
            assertThat(changed.await(60, TimeUnit.SECONDS)).isTrue();
            assertThat(channel.isOpen()).isTrue();
        }
        assertThat(machine.life()).isEqualTo(Life.OFF);

        machine.kill(LIMIT);
        machine.kill(LIMIT);

        assertThat(machine.life()).isEqualTo(Life.DEAD);
        assertThat(launch.folder().resolve("process.json")).doesNotExist();
        assertThat(launch.folder().resolve("qmp.sock")).doesNotExist();
        assertThat(machine.consoleLog()).exists();
    }

    @Test
    void turnsOffWhenItIsAskedTo() throws Exception {
        var machine = bench.own(bench.vmm(Board.MICROVM).launch(bench.prepare()));
        assertThat(Bench.talk(machine)).containsExactly("up");

        machine.askToShutDown();

        await().atMost(LIMIT).until(() -> machine.life() == Life.OFF);
    }

    @ParameterizedTest
    @EnumSource(Board.class)
    void endsNothingInAGuestWhosePowerButtonIsPressed(Board board) throws Exception {
        var launch = bench.prepare();
        var machine = bench.own(bench.vmm(board).launch(launch));
        assertThat(Bench.talk(machine, "spin")).endsWith("spinning");
        machine.close(); // QEMU talks to one at a time
        var button = new Monitor(new VmFolder(launch.folder()).monitorSocket(), Bench.USER);

        try (button) {
            await().atMost(LIMIT).until(button::connect);
            button.execute("system_powerdown");
        }

        assertThat(Bench.ask(machine, "spinner")).as("it runs").containsExactly("R");
    }

    @ParameterizedTest
    @EnumSource(Board.class)
    void letsTheGuestRebootInPlace(Board board) throws Exception {
        var machine = bench.own(bench.vmm(board).launch(bench.prepare()));

        assertThat(Bench.talk(machine, "reboot", "cpus")).containsExactly("up", "up", "1");

        assertThat(boots(machine.consoleLog())).isEqualTo(2);
        assertThat(machine.life()).isEqualTo(Life.RUNNING);
    }

    @Test
    void tellsWhenTheProcessDies() throws Exception {
        var machine = bench.own(bench.vmm(Board.MICROVM).launch(bench.prepare()));
        var changed = new CountDownLatch(1);
        machine.onChange(changed::countDown);
        var process = LinuxProcess.of(machine.process().pid()).orElseThrow();

        assertThat(process.kill(LIMIT)).isTrue();

        assertThat(changed.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(machine.life()).isEqualTo(Life.DEAD);
    }

    @Test
    void isAdoptedByTheNextDaemon() throws Exception {
        var launch = bench.prepare();
        var first = bench.own(bench.vmm(Board.MICROVM).launch(launch));
        first.close();

        var record = launch.folder().resolve("process.json");
        var written = Files.getAttribute(record, "unix:ino");

        var next = bench.vmm(Board.MICROVM);
        assertThat(next.running()).contains(launch.id());
        try (var machine = next.adopt(launch.id(), launch.folder()).orElseThrow()) {
            assertThat(machine.process()).isEqualTo(first.process());
            assertThat(machine.launch()).isEqualTo(1);
            assertThat(machine.accelerator()).isEqualTo(first.accelerator());
            assertThat(Bench.talk(machine)).containsExactly("up");
            assertThat(Files.getAttribute(record, "unix:ino"))
                    .as("nothing is written, on a disk that may be full")
                    .isEqualTo(written);
            assertThatThrownBy(() -> next.launch(launch))
                    .isInstanceOf(CoveException.class)
                    .hasMessageContaining("runs already");
        }
    }

    @Test
    void isAdoptedWhenTheDaemonCrashedBeforeItKnewTheProcess() throws Exception {
        var launch = bench.prepare();
        var first = bench.own(bench.vmm(Board.MICROVM).launch(launch));
        first.close();
        new MachineRecord(
                        launch.id().text(),
                        1,
                        first.accelerator(),
                        Bench.USER,
                        "",
                        Origin.BOOT,
                        false,
                        null,
                        null)
                .write(launch.folder().resolve("process.json"));

        try (var machine =
                bench.vmm(Board.MICROVM).adopt(launch.id(), launch.folder()).orElseThrow()) {
            assertThat(machine.process()).isEqualTo(first.process());
        }
    }

    @Test
    void sweepsWhatNobodyClaims() throws Exception {
        var launch = bench.prepare();
        var orphan = bench.own(bench.vmm(Board.MICROVM).launch(launch));
        orphan.close();
        Files.delete(launch.folder().resolve("process.json"));

        var vmm = bench.vmm(Board.MICROVM);
        assertThat(vmm.running()).contains(launch.id());
        vmm.sweep(launch.id());

        assertThat(vmm.running()).doesNotContain(launch.id());
        assertThat(orphan.life()).isEqualTo(Life.DEAD);
        assertThat(vmm.adopt(launch.id(), launch.folder())).isEmpty();
    }

    @Test
    void saysInQemusWordsWhyItDoesNotStartAndLeavesNothing() throws Exception {
        var launch = bench.prepare();
        Files.setAttribute(launch.disk(), "unix:uid", 0);
        Files.setAttribute(launch.disk(), "unix:mode", 0600);
        var vmm = bench.vmm(Board.MICROVM);

        assertThatThrownBy(() -> vmm.launch(launch))
                .isInstanceOf(CoveException.class)
                .hasMessageContaining("Permission denied");

        assertThat(vmm.running()).doesNotContain(launch.id());
        assertThat(launch.folder().resolve("process.json")).doesNotExist();
    }

    @Test
    void letsOneAtATimeToTheConsole() throws Exception {
        var machine = bench.own(bench.vmm(Board.MICROVM).launch(bench.prepare()));

        try (var console = machine.openConsole()) {
            assertThat(console.isConnected()).isTrue();
            assertThatThrownBy(machine::openConsole).hasMessageContaining("somebody else");
        }
        try (var console = machine.openConsole()) {
            assertThat(console.isConnected()).isTrue();
        }
    }

    @Test
    void knowsWhatWorksHere() {
        var vmm = bench.untriedVmm();
        vmm.warmUp();

        assertThat(vmm.capabilities().usable()).isTrue();
        assertThat(vmm.capabilities().accelerators()).contains(Accelerator.TCG);
        assertThat(vmm.examine())
                .extracting(Finding::subject)
                .contains("qemu", "kvm", "tcg", "tsc", "cgroup");
    }

    @Test
    void keepsTheLogOfAGuestShortThatWritesWithoutEnd() throws Exception {
        var machine = bench.own(bench.vmm(Board.MICROVM).launch(bench.prepare()));
        var log = machine.consoleLog();

        try (var channel = Bench.tell(machine, "flood")) {
            await().atMost(LIMIT).until(() -> Files.size(log) > MOST_LOG / 2);
            await().atMost(LIMIT).until(() -> !Files.readString(log).contains("--- launch"));
            assertThat(Files.size(log)).isLessThan(2 * MOST_LOG);
            assertThat(channel.isOpen()).isTrue();
        }
        assertThat(machine.life()).isEqualTo(Life.RUNNING);
    }

    @Test
    void letsEachOfManyHostsInQuickSuccessionHearTheGuestsWord() throws Exception {
        var machine = bench.own(bench.vmm(Board.MICROVM).launch(bench.prepare()));
        var boot = new GuestBoot(person -> Bench.USER);

        for (var host = 0; host < 15; host++) {
            boot.awaitWord(machine, LIMIT);
        }

        assertThat(machine.life()).isEqualTo(Life.RUNNING);
    }

    private static long boots(Path log) throws Exception {
        return Files.readString(log).lines().filter(l -> l.contains("test guest is up")).count();
    }
}

package dev.cove.vmm.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cove.core.Bytes;
import dev.cove.core.port.Machine.Life;
import dev.cove.core.port.Machine.Save;
import dev.cove.core.port.Snapshots;
import dev.cove.core.port.Vmm.Sharers;
import dev.cove.platform.LinuxProcess;
import dev.cove.platform.Memfd;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// What the driver promises about machines at rest, held to real machines of one QEMU.
abstract class SavingContract extends RealMachines {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int ROUNDS = 10;
    private QemuVmm vmm;
    private Snapshotted ordinary;
    private Snapshotted template;

    @BeforeAll
    void prepare() throws Exception {
        ordinary = Snapshotted.make(bench, Sharers.NOBODY);
        template = Snapshotted.make(bench, Sharers.FORKS);
        vmm = template.vmm();
    }

    @Test
    void goesOnWhereItWasAfterItWasSaved() throws Exception {
        var machine = bench.own(vmm.launch(bench.prepare()));
        assertThat(Bench.talk(machine, "count", "count")).containsExactly("up", "1", "2");
        var files = bench.files();
        var seen = new ArrayList<Life>();

        var saved = machine.save(new Save(files, () -> seen.add(machine.life())));

        assertThat(seen).hasSize(1);
        assertThat(machine.life()).isEqualTo(Life.STILL);
        assertThat(files.state()).hasSize(saved.size().count());
        assertThat(files.memory()).doesNotExist();
        assertThat(Files.getAttribute(files.state(), "unix:mode")).isEqualTo(0100600);
        assertThat(saved.standstill()).as("it is not over").isZero();
        machine.proceed();
        assertThat(machine.life()).isEqualTo(Life.RUNNING);
        machine.proceed();
        assertThat(Bench.ask(machine, "count")).containsExactly("3");
    }

    @Test
    void goesOnByItselfWhenNothingMoreIsWantedOfIt() throws Exception {
        var machine = ordinary.running();
        var seen = new ArrayList<Life>();
        machine.onChange(() -> seen.add(machine.life()));
        var files = bench.files();

        var saved = machine.save(goingOn(files));

        assertThat(saved.standstill()).isBetween(Duration.ofNanos(1), LIMIT);
        assertThat(machine.life()).isEqualTo(Life.RUNNING);
        assertThat(seen).doesNotContain(Life.STILL);
        assertThat(Bench.ask(machine, "count")).containsExactly("3");
        var copy = new Snapshotted(bench, vmm, saved, files, ordinary.kept()).running();
        assertThat(Bench.ask(copy, "count", "kept")).containsExactly("3", ordinary.kept());
    }

    @Test
    void staysStillWhereItStoodStill() throws Exception {
        var machine = ordinary.still();

        var saved = machine.save(goingOn(bench.files()));

        assertThat(saved.standstill()).isZero();
        assertThat(machine.life()).isEqualTo(Life.STILL);
        machine.proceed();
        assertThat(Bench.ask(machine, "count")).containsExactly("3");
    }

    @Test
    void goesOnInOtherProcessesExactlyWhereItWas() throws Exception {
        var copy = ordinary.still();
        var other = ordinary.running();
        assertThat(copy.life()).isEqualTo(Life.STILL);

        copy.proceed();

        assertThat(copy.life()).isEqualTo(Life.RUNNING);
        assertThat(Bench.ask(copy, "count", "kept")).containsExactly("3", ordinary.kept());
        assertThat(Bench.ask(other, "count", "kept")).containsExactly("3", ordinary.kept());
    }

    @Test
    void isSavedAgainWhileItStandsStill() throws Exception {
        var machine = ordinary.still();
        machine.save(into(bench.files()));
        var files = bench.files();

        var saved = machine.save(into(files));

        assertThat(machine.life()).isEqualTo(Life.STILL);
        var again = new Snapshotted(bench, vmm, saved, files, ordinary.kept()).running();
        assertThat(Bench.ask(again, "count", "kept")).containsExactly("3", ordinary.kept());
        machine.proceed();
        assertThat(Bench.ask(machine, "count")).containsExactly("3");
    }

    /// On a host that is as busy as its guest, since what QEMU might miss it misses there.
    @Test
    void isSavedToTheLastByteWhileItIsBusy() throws Exception {
        var machine = ordinary.running();
        assertThat(Bench.ask(machine, "fill " + "4 ".repeat(25), "spin"))
                .containsExactly("filled", "spinning");
        var there = GuestMemory.of(machine, Bench.MEMORY);
        try (var _ = BusyHost.begin()) {
            for (var round = 0; round < ROUNDS; round++) {
                var files = bench.files();
                var saved = machine.save(into(files));
                var copy = new Snapshotted(bench, vmm, saved, files, ordinary.kept()).still();

                assertThat(GuestMemory.of(copy, Bench.MEMORY).differences(there)).isEmpty();

                copy.kill(LIMIT);
                machine.proceed();
            }
        }
    }

    @Test
    void isSavedAlthoughItRewritesItsMemoryAllTheTime() throws Exception {
        var machine = ordinary.running();
        assertThat(Bench.ask(machine, "rewrite 120")).containsExactly("rewriting");

        var saved = machine.save(goingOn(bench.files()));

        assertThat(saved.standstill()).isLessThan(Duration.ofSeconds(20));
        assertThat(Bench.ask(machine, "count")).containsExactly("3");
    }

    @Test
    void sharesATemplatesMemoryWithItsForksUntilTheyWrite() throws Exception {
        assertThat(template.files().state()).isNotEmptyFile();
        assertThat(Files.size(template.files().state())).isLessThan(200_000);
        var first = template.running();
        var second = template.running();
        try (var memory = Memfd.open(Memfd.ofProcess(first.process().pid()))) {
            assertThat(memory.isSealed()).as("no fork can change what the others see").isTrue();
        }
        assertThat(Bench.memory(first)).as("one and the same").isEqualTo(Bench.memory(second));
        assertThat(Bench.ask(first, "kept", "count", "count"))
                .containsExactly(template.kept(), "3", "4");

        var changed = Bench.ask(first, "keep 8").getFirst();

        assertThat(changed).isNotEqualTo(template.kept());
        assertThat(Bench.ask(second, "kept", "count")).containsExactly(template.kept(), "3");
        assertThat(Bench.ask(template.running(), "kept")).containsExactly(template.kept());
        assertThat(Bench.ask(first, "kept")).containsExactly(changed);
    }

    @Test
    void readsATemplatesMemoryAgainWhenItIsNoLongerKept() throws Exception {
        vmm.forget(template.files());
        var fork = template.running();
        assertThat(Bench.ask(fork, "kept", "count")).containsExactly(template.kept(), "3");

        var next = bench.vmm(Board.MICROVM);
        var other = bench.own(next.resume(bench.prepare(), template.moment(), template.files()));
        other.proceed();

        assertThat(Bench.ask(other, "kept", "count")).containsExactly(template.kept(), "3");
        assertThat(Bench.memory(other)).isNotEqualTo(Bench.memory(fork));
    }

    @Test
    void givesForksWhatWasSavedAlthoughTheTemplateHasGoneOn() throws Exception {
        var launch = bench.prepare(Sharers.FORKS);
        bench.own(vmm.launch(launch)).close();
        var machine = bench.own(vmm.adopt(launch.id(), launch.folder()).orElseThrow());
        Bench.talk(machine);
        var kept = Bench.ask(machine, "keep 4").getFirst();
        var files = bench.files();
        var saved = machine.save(into(files));
        machine.proceed();
        assertThat(Bench.ask(machine, "keep 4")).doesNotContain(kept);

        machine.kill(LIMIT);

        var fork = new Snapshotted(bench, vmm, saved, files, kept).running();
        assertThat(Bench.ask(fork, "kept")).containsExactly(kept);
    }

    @Test
    void wantsAnotherProcessWhenAResumedGuestReboots() throws Exception {
        var launch = bench.prepare();
        var machine = bench.own(vmm.resume(launch, template.moment(), template.files()));
        machine.proceed();

        try (var _ = Bench.tell(machine, "reboot")) {
            await().atMost(LIMIT).until(() -> machine.life() == Life.REBOOT);
        }
        machine.close();
        try (var adopted = vmm.adopt(launch.id(), launch.folder()).orElseThrow()) {
            assertThat(adopted.life()).isEqualTo(Life.REBOOT);
        }
    }

    @Test
    void knowsAResumedGuestThatTurnsItselfOff() throws Exception {
        var launch = bench.prepare();
        var machine = bench.own(vmm.resume(launch, template.moment(), template.files()));
        machine.proceed();

        machine.askToShutDown();

        await().atMost(LIMIT).until(() -> machine.life() == Life.OFF);
        machine.close();
        try (var adopted = vmm.adopt(launch.id(), launch.folder()).orElseThrow()) {
            assertThat(adopted.life()).isEqualTo(Life.OFF);
        }
    }

    @Test
    void isAdoptedStandingStillAndGoesOnWhenItIsTold() throws Exception {
        var launch = bench.prepare();
        bench.own(vmm.resume(launch, ordinary.moment(), ordinary.files())).close();

        try (var resumed = vmm.adopt(launch.id(), launch.folder()).orElseThrow()) {
            assertThat(resumed.life()).isEqualTo(Life.STILL);
            resumed.save(into(bench.files()));
        }

        try (var saved = vmm.adopt(launch.id(), launch.folder()).orElseThrow()) {
            assertThat(saved.life()).isEqualTo(Life.STILL);
            saved.proceed();
            assertThat(saved.life()).isEqualTo(Life.RUNNING);
            assertThat(Bench.ask(saved, "count")).containsExactly("3");
        }
    }

    @Test
    void endsAMachineOfWhichNobodyKnowsWhetherItIsWhatWasSaved() throws Exception {
        var launch = bench.prepare();
        var machine = bench.own(vmm.resume(launch, ordinary.moment(), ordinary.files()));
        machine.close();
        new MachineRecord(
                        launch.id().text(),
                        1,
                        machine.accelerator(),
                        Bench.USER,
                        vmm.capabilities().fit(),
                        Origin.STREAM,
                        true,
                        null,
                        LinuxProcess.of(machine.process().pid()).orElseThrow())
                .write(launch.folder().resolve("process.json"));

        assertThat(vmm.adopt(launch.id(), launch.folder())).isEmpty();

        assertThat(machine.life()).isEqualTo(Life.DEAD);
    }

    @Test
    void seesItsDiskGrow() throws Exception {
        var launch = bench.prepare();
        var machine = bench.own(vmm.resume(launch, ordinary.moment(), ordinary.files()));
        machine.proceed();
        assertThat(Bench.ask(machine, "disk")).containsExactly("262144");
        var size = Bytes.mebibytes(256);
        try (var disk = new RandomAccessFile(launch.disk().toFile(), "rw")) {
            disk.setLength(size.count());
        }

        machine.growDisk(size);

        await().atMost(LIMIT)
                .untilAsserted(
                        () -> assertThat(Bench.ask(machine, "disk")).containsExactly("524288"));
        assertThat(Path.of("/proc/" + machine.process().pid() + "/limits"))
                .content()
                .containsPattern("Max file size +268435456");
    }

    private static Save into(Snapshots.Files files) {
        return new Save(files, () -> {});
    }

    private static Save goingOn(Snapshots.Files files) {
        return new Save(files, () -> {}, _ -> List.of(), true);
    }
}

package dev.cove.vmm.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.cove.core.CoveException;
import dev.cove.core.CoveException.Kind;
import dev.cove.core.Snapshot.Moment;
import dev.cove.core.port.Machine;
import dev.cove.core.port.Machine.Life;
import dev.cove.core.port.Machine.Save;
import dev.cove.core.port.Snapshots;
import dev.cove.core.port.Vmm.Sharers;
import dev.cove.platform.Command;
import dev.cove.platform.LinuxProcess;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// What happens to real machines of one QEMU when saving and resuming go wrong.
abstract class SavingFaultsContract extends RealMachines {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private QemuVmm vmm;
    private Snapshotted template;

    @BeforeAll
    void prepare() throws Exception {
        template = Snapshotted.make(bench, Sharers.FORKS);
        vmm = template.vmm();
    }

    @Test
    void refusesAStateOfWhichAByteHasChanged() throws Exception {
        var source = template.running();
        var files = bench.files();
        var saved = source.save(new Save(files, () -> {}));
        var snapshot = new Snapshotted(bench, vmm, saved, files, template.kept());
        for (var at : new long[] {100, Files.size(files.state()) / 2}) {
            flip(files.state(), at);
            refuses(snapshot, files.state() + " is damaged: its checksum is");
            flip(files.state(), at);
        }

        assertThat(Bench.ask(snapshot.running(), "count")).containsExactly("3");
    }

    @Test
    void refusesAMemoryOfWhichAByteHasChanged() throws Exception {
        vmm.forget(template.files());
        flip(template.files().memory(), 40 << 20);

        refuses(template, template.files().memory() + " is damaged: its checksum is");

        flip(template.files().memory(), 40 << 20);
        assertThat(Bench.ask(template.running(), "count")).containsExactly("3");
    }

    @Test
    void refusesWhatWasSavedOnSomethingElse() throws Exception {
        var moment = template.moment();
        var other =
                new Moment(
                        "qemu",
                        moment.fit().replace("qemu", "qemu 1."),
                        false,
                        Duration.ZERO,
                        moment.state(),
                        moment.memory());
        var launch = bench.prepare();

        assertThatThrownBy(() -> vmm.resume(launch, other, template.files()))
                .isInstanceOf(CoveException.class)
                .hasMessageContaining(other.fit())
                .hasMessageContaining(moment.fit());

        assertThat(vmm.running()).doesNotContain(launch.id());
    }

    @Test
    void saysHowMuchRoomIsMissingAndGoesOn() throws Exception {
        var machine = template.running();
        var small = Files.createDirectory(bench.files().state().resolveSibling("small"));
        Command.of("mount", "-t", "tmpfs", "-o", "size=16m", "none", small.toString())
                .run()
                .orThrow();
        try {
            var files = in(small);
            var ran = new ArrayList<String>();

            assertThatThrownBy(() -> machine.save(new Save(files, () -> ran.add("meanwhile"))))
                    .isInstanceOf(CoveException.class)
                    .hasMessageContaining("there is no room for " + files.state())
                    .hasMessageMatching("(?s).* [3-9]\\dM are missing.*");

            assertThat(ran).isEmpty();
            assertThat(small).isEmptyDirectory();
            goesOn(machine);
        } finally {
            Command.of("umount", small.toString()).run().orThrow();
        }
    }

    @Test
    void saysHowMuchRoomIsMissingForATemplatesMemory() throws Exception {
        var machine = bench.own(vmm.launch(bench.prepare(Sharers.FORKS)));
        Bench.talk(machine);
        var small = Files.createDirectory(bench.files().state().resolveSibling("small"));
        Command.of("mount", "-t", "tmpfs", "-o", "size=16m", "none", small.toString())
                .run()
                .orThrow();
        try {
            var files = in(small);

            assertThatThrownBy(() -> machine.save(new Save(files, () -> {})))
                    .isInstanceOf(CoveException.class)
                    .hasMessageContaining("there is no room for " + files.memory())
                    .hasMessageMatching("(?s).* [2-9]\\dM are missing.*");

            assertThat(small).isEmptyDirectory();
            assertThat(machine.life()).isEqualTo(Life.RUNNING);
            assertThat(Bench.ask(machine, "count")).containsExactly("1");
        } finally {
            Command.of("umount", small.toString()).run().orThrow();
        }
    }

    @Test
    void isSavedByOneAtATime() throws Exception {
        var machine = template.running();
        var second = new ArrayList<CoveException>();
        var files = bench.files();

        machine.save(
                new Save(
                        bench.files(),
                        () ->
                                assertThatThrownBy(() -> machine.save(new Save(files, () -> {})))
                                        .satisfies(e -> second.add((CoveException) e))));

        assertThat(second).extracting(CoveException::kind).containsExactly(Kind.BUSY);
        assertThat(files.state()).doesNotExist();
        machine.proceed();
        goesOn(machine);
    }

    @Test
    void leavesNothingWhenQemuIsKilledInTheMiddle() throws Exception {
        var machine = template.running();
        var process = LinuxProcess.of(machine.process().pid()).orElseThrow();
        var files = bench.files();

        assertThatThrownBy(() -> machine.save(new Save(files, () -> kill(process))))
                .isInstanceOf(CoveException.class)
                .hasMessageContaining("its QEMU has ended");

        assertThat(files.state()).doesNotExist();
        assertThat(machine.life()).isEqualTo(Life.DEAD);
    }

    @Test
    void goesOnWhenItsDiskCannotBeTaken() throws Exception {
        var machine = template.running();
        var files = bench.files();

        assertThatThrownBy(() ->
                        machine.save(
                                new Save(
                                        files,
                                        () -> {
                                            throw CoveException.unavailable("no disk");
                                        })))
                .isInstanceOf(CoveException.class)
                .hasMessage("no disk");

        assertThat(files.state()).doesNotExist();
        goesOn(machine);
    }

    @Test
    void goesOnWhenWhoeverSavesItIsInterrupted() throws Exception {
        var machine = template.running();
        var files = bench.files();

        assertThatThrownBy(() ->
                        machine.save(new Save(files, () -> Thread.currentThread().interrupt())))
                .isInstanceOf(InterruptedException.class);

        assertThat(files.state()).doesNotExist();
        goesOn(machine);
    }

    @Test
    void goesOnWhenItsDaemonDiedWhileItWasSaved() throws Exception {
        var launch = bench.prepare();
        var machine = bench.own(vmm.resume(launch, template.moment(), template.files()));
        machine.proceed();
        var adopted = new ArrayList<Machine>();

        assertThatThrownBy(() ->
                        machine.save(
                                new Save(
                                        bench.files(),
                                        () -> {
                                            machine.close();
                                            vmm.adopt(launch.id(), launch.folder())
                                                    .ifPresent(adopted::add);
                                        })))
                .isInstanceOf(CoveException.class);

        assertThat(adopted).hasSize(1);
        goesOn(adopted.getFirst());
        adopted.getFirst().close();
    }

    @Test
    void isNotSavedWhenItHasTurnedItselfOff() throws Exception {
        var machine = template.running();
        try (var _ = Bench.tell(machine, "poweroff")) {
            await().atMost(LIMIT).until(() -> machine.life() == Life.OFF);
        }
        var files = bench.files();

        assertThatThrownBy(() -> machine.save(new Save(files, () -> {})))
                .isInstanceOf(CoveException.class)
                .hasMessageContaining("it is OFF");

        assertThat(files.state()).doesNotExist();
    }

    private static void goesOn(Machine machine) throws Exception {
        assertThat(machine.life()).isEqualTo(Life.RUNNING);
        assertThat(Bench.ask(machine, "count")).containsExactly("3");
    }

    private void refuses(Snapshotted snapshot, String why) throws Exception {
        var launch = bench.prepare();
        assertThatThrownBy(() -> vmm.resume(launch, snapshot.moment(), snapshot.files()))
                .isInstanceOf(CoveException.class)
                .hasMessageContaining(why)
                .satisfies(e -> assertThat(((CoveException) e).kind()).isEqualTo(Kind.UNAVAILABLE));
        assertThat(vmm.running()).doesNotContain(launch.id());
        assertThat(launch.folder().resolve("process.json")).doesNotExist();
    }

    private static Snapshots.Files in(Path folder) {
        return new Snapshots.Files(
                folder.resolve("state"), folder.resolve("memory"), folder.resolve("disk"));
    }

    private static void kill(LinuxProcess process) {
        try {
            assertThat(process.kill(LIMIT)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void flip(Path file, long at) throws Exception {
        try (var bytes = new RandomAccessFile(file.toFile(), "rw")) {
            bytes.seek(at);
            var before = bytes.read();
            bytes.seek(at);
            bytes.write(before ^ 1);
        }
    }
}

package dev.cove.vmm.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cove.core.Snapshot.Moment;
import dev.cove.core.port.Machine;
import dev.cove.core.port.Machine.Life;
import dev.cove.core.port.Machine.Save;
import dev.cove.core.port.Machine.Saved;
import dev.cove.core.port.Snapshots;
import java.nio.file.Files;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/// What the driver promises about machines at rest, held to real machines of one QEMU.
@Tag("vm")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class SavingContract {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private Bench bench;
    private QemuVmm vmm;

    /// A place for machines of the QEMU that is tried.
    abstract Bench make() throws Exception;

    @BeforeAll
    void open() throws Exception {
        bench = make();
        vmm = bench.vmm(Board.MICROVM);
    }

    @AfterAll
    void close() throws Exception {
        if (bench != null) {
            bench.clear();
        }
    }

    @AfterEach
    void calm() {
        bench.calm();
    }

    @Test
    void goesOnWhereItWasAfterItWasSaved() throws Exception {
        var machine = booted();
        assertThat(Bench.ask(machine, "count", "count")).containsExactly("1", "2");
        var files = bench.files();

        var saved = machine.save(into(files));

        assertThat(machine.life()).isEqualTo(Life.STILL);
        assertThat(files.state()).hasSize(saved.size().count());
        assertThat(Files.getAttribute(files.state(), "unix:mode")).isEqualTo(0100600);
        assertThat(machine.proceed()).isBetween(Duration.ofNanos(1), LIMIT);
        assertThat(machine.life()).isEqualTo(Life.RUNNING);
        assertThat(machine.proceed()).isZero();
        assertThat(Bench.ask(machine, "count")).containsExactly("3");
    }

    @Test
    void goesOnInAnotherProcessExactlyWhereItWas() throws Exception {
        var source = booted();
        var kept = Bench.ask(source, "count", "keep 8").get(1);
        var files = bench.files();
        var still = new String[2];
        var saved = source.save(new Save(files, () -> still[0] = source.life().toString()));
        source.proceed();
        source.kill(LIMIT);

        var copy = resumed(saved, files);
        assertThat(copy.life()).isEqualTo(Life.STILL);
        assertThat(copy.proceed()).isZero();

        assertThat(copy.life()).isEqualTo(Life.RUNNING);
        assertThat(Bench.ask(copy, "count", "kept")).containsExactly("2", kept);
    }

    @Test
    void sharesATemplatesMemoryWithItsForksUntilTheyWrite() throws Exception {
        var files = bench.files();
        var kept = new String[1];
        var saved = template(files, kept);
        assertThat(files.state()).isNotEmptyFile();
        assertThat(Files.size(files.state())).isLessThan(200_000);

        var first = resumed(saved, files);
        var second = resumed(saved, files);
        first.proceed();
        second.proceed();
        assertThat(Bench.ask(first, "kept", "count", "count")).containsExactly(kept[0], "2", "3");
        var changed = Bench.ask(first, "keep 8").getFirst();
        assertThat(changed).isNotEqualTo(kept[0]);

        assertThat(Bench.ask(second, "kept", "count")).containsExactly(kept[0], "2");
        var third = resumed(saved, files);
        third.proceed();
        assertThat(Bench.ask(third, "kept", "count")).containsExactly(kept[0], "2");
        assertThat(Bench.ask(first, "kept")).containsExactly(changed);
    }

    @Test
    void readsATemplatesMemoryAgainAfterTheDaemonHasGone() throws Exception {
        var files = bench.files();
        var kept = new String[1];
        var saved = template(files, kept);

        var next = bench.vmm(Board.MICROVM);
        var fork = bench.own(next.resume(bench.prepare(), moment(saved), files));
        fork.proceed();

        assertThat(Bench.ask(fork, "kept", "count")).containsExactly(kept[0], "2");
    }

    /// @return what came of saving a template, which has gone
    private Saved template(Snapshots.Files files, String[] kept) throws Exception {
        var template = bench.own(vmm.launch(bench.prepare(true)));
        assertThat(Bench.talk(template)).containsExactly("up");
        kept[0] = Bench.ask(template, "count", "keep 8").get(1);
        var saved = template.save(into(files));
        template.kill(LIMIT);
        return saved;
    }

    private static Save into(Snapshots.Files files) {
        return new Save(files, () -> {});
    }

    private Machine booted() throws Exception {
        var machine = bench.own(vmm.launch(bench.prepare()));
        assertThat(Bench.talk(machine)).containsExactly("up");
        return machine;
    }

    private Machine resumed(Saved saved, Snapshots.Files files) throws Exception {
        return bench.own(vmm.resume(bench.prepare(), moment(saved), files));
    }

    private Moment moment(Saved saved) {
        return new Moment(
                "qemu",
                vmm.capabilities().fit(),
                false,
                Duration.ZERO,
                saved.state(),
                saved.memory());
    }
}

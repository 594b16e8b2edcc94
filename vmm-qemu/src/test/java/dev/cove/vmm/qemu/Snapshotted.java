package dev.cove.vmm.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cove.core.Snapshot.Moment;
import dev.cove.core.port.Machine;
import dev.cove.core.port.Machine.Save;
import dev.cove.core.port.Machine.Saved;
import dev.cove.core.port.Snapshots;
import dev.cove.core.port.Vmm.Sharers;
import java.time.Duration;

/// A guest that has counted to two and keeps something in its memory, saved and gone: whatever is
/// resumed of it is up at once.
///
/// @param kept the checksum of what it keeps
record Snapshotted(Bench bench, QemuVmm vmm, Saved saved, Snapshots.Files files, String kept) {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    /// @param sharers `FORKS` when its memory is to be apart from the rest
    static Snapshotted make(Bench bench, Sharers sharers) throws Exception {
        var vmm = bench.vmm(Board.MICROVM);
        var machine = bench.own(vmm.launch(bench.prepare(sharers)));
        assertThat(Bench.talk(machine)).containsExactly("up");
        var said = Bench.ask(machine, "count", "count", "keep 8");
        var files = bench.files();
        var saved = machine.save(new Save(files, () -> {}));
        machine.kill(LIMIT);
        return new Snapshotted(bench, vmm, saved, files, said.getLast());
    }

    Moment moment() {
        return new Moment(
                "qemu",
                vmm.capabilities().fit(),
                false,
                Duration.ZERO,
                saved.state(),
                saved.memory());
    }

    /// One that stands still.
    Machine still() throws Exception {
        return still(Sharers.NOBODY);
    }

    private Machine still(Sharers sharers) throws Exception {
        return bench.own(vmm.resume(bench.prepare(sharers), moment(), files));
    }

    /// One of several that stands still.
    Machine stillSibling() throws Exception {
        return still(Sharers.SIBLINGS);
    }

    /// One of several.
    Machine sibling() throws Exception {
        var machine = stillSibling();
        machine.proceed();
        return machine;
    }

    Machine running() throws Exception {
        var machine = still();
        machine.proceed();
        return machine;
    }
}

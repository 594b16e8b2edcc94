package dev.cove.vmm.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cove.core.Snapshot.Moment;
import dev.cove.core.port.Machine;
import dev.cove.core.port.Machine.Save;
import dev.cove.core.port.Machine.Saved;
import dev.cove.core.port.Snapshots;
import java.time.Duration;

/// A guest that has counted to two and keeps something in its memory, saved and gone: whatever is
/// resumed of it is up at once.
///
/// @param kept the checksum of what it keeps
record Snapshotted(Bench bench, QemuVmm vmm, Saved saved, Snapshots.Files files, String kept) {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    /// @param template whether its memory is apart from the rest, for forks to share
    static Snapshotted make(Bench bench, boolean template) throws Exception {
        var vmm = bench.vmm(Board.MICROVM);
        var machine = bench.own(vmm.launch(bench.prepare(template)));
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
        return bench.own(vmm.resume(bench.prepare(), moment(), files));
    }

    Machine running() throws Exception {
        var machine = still();
        machine.proceed();
        return machine;
    }
}

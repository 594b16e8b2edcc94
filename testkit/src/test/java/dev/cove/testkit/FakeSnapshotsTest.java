package dev.cove.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cove.core.Bytes;
import dev.cove.core.SnapshotId;
import dev.cove.core.VmId;
import dev.cove.core.port.Snapshots;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;

class FakeSnapshotsTest extends SnapshotsContract {
    private final World world = new World();

    @Override
    protected Snapshots create() {
        return new FakeSnapshots(world);
    }

    @Override
    protected Snapshots afterACrash() {
        return new FakeSnapshots(world);
    }

    @Override
    protected void giveDisk(VmId vm) {
        new FakeDisks(world).restore(vm, Path.of("/nowhere"), Bytes.mebibytes(64), 200_000);
    }

    @Override
    protected void save(Snapshots.Files files, boolean memory) {
        // There are no files.
    }

    @Override
    protected Set<SnapshotId> halves() {
        return world.drafts();
    }

    @Test
    void leavesADraftToTheNextDaemonWhenThisOneDies() {
        world.trouble((act, done) -> {
            if (act.equals("Snapshots.keep") && !done) {
                throw new World.Crash(act);
            }
        });

        assertThatThrownBy(() -> keep(ID)).isInstanceOf(World.Crash.class);

        assertThat(world.snapshots()).isEmpty();
        assertThat(world.drafts()).containsExactly(ID);
    }
}

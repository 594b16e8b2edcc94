package dev.cove.vmm.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cove.core.Bytes;
import dev.cove.core.Finding;
import dev.cove.core.Mac;
import dev.cove.core.VmId;
import dev.cove.core.port.BootFiles;
import dev.cove.core.port.Tap;
import dev.cove.core.port.Vmm.Launch;
import dev.cove.core.port.Vmm.Sharers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CgroupsTest {
    @TempDir Path root;

    @Test
    void limitsWhatAMachineMayUse() throws IOException {
        Files.writeString(root.resolve("cgroup.controllers"), "cpuset cpu io memory pids\n");
        var cgroups = Cgroups.under(root);

        cgroups.place(launch(), Bytes.mebibytes(256), 4711);

        var group = root.resolve("cove/vm-abcd1234");
        assertThat(root.resolve("cgroup.subtree_control")).hasContent("+memory +cpu +pids");
        assertThat(group.resolve("memory.max"))
                .hasContent(String.valueOf((512L + 256 + 192) << 20));
        assertThat(group.resolve("cpu.max")).hasContent("250000 100000");
        assertThat(group.resolve("cgroup.procs")).hasContent("4711");
        assertThat(cgroups.examine().level()).isEqualTo(Finding.Level.OK);
    }

    @Test
    void doesWithoutWhereTheControllersAreMissing() throws IOException {
        Files.writeString(root.resolve("cgroup.controllers"), "\n");
        var cgroups = Cgroups.under(root);

        cgroups.place(launch(), Bytes.mebibytes(256), 4711);
        cgroups.remove(new VmId("vm-abcd1234"));

        assertThat(root.resolve("cove")).doesNotExist();
        assertThat(cgroups.examine().level()).isEqualTo(Finding.Level.NOTE);
        assertThat(cgroups.examine().says()).contains("lacks the controllers");
    }

    private Launch launch() {
        return new Launch(
                new VmId("vm-abcd1234"),
                1,
                root,
                2,
                Bytes.mebibytes(512),
                root.resolve("disk"),
                new BootFiles(root, root, ""),
                new Tap("cv-abcd1234", new Mac("02:c0:0a:64:00:0a")),
                200_010,
                Sharers.NOBODY);
    }
}

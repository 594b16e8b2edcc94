package dev.cove.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cove.core.CoveException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KernelModulesTest {
    @TempDir Path folder;

    @BeforeEach
    void makesAKernelPackage() throws IOException {
        Files.writeString(folder.resolve("modules.builtin"), "kernel/drivers/virtio/virtio.ko\n");
        module("virtio_net", "net_failover,virtio");
        module("net-failover", "failover");
        module("failover", "");
        module("virtio_blk", "virtio");
        module("round", "about");
        module("about", "round");
    }

    @Test
    void putsWhatIsNeededBeforeWhatNeedsIt() throws Exception {
        assertThat(order("virtio_blk", "virtio_net"))
                .containsExactly(
                        "virtio_blk.ko", "failover.ko", "net-failover.ko", "virtio_net.ko");
    }

    @Test
    void leavesOutWhatTheKernelHasBuiltIn() throws Exception {
        assertThat(order("virtio")).isEmpty();
    }

    @Test
    void survivesModulesThatNeedEachOther() throws Exception {
        assertThat(order("round")).containsExactlyInAnyOrder("round.ko", "about.ko");
    }

    @Test
    void namesAModuleThatIsNotThere() {
        assertThatThrownBy(() -> order("virtio_rocket"))
                .isInstanceOf(CoveException.class)
                .hasMessageContaining("virtio_rocket");
    }

    private List<String> order(String... wanted) throws Exception {
        return KernelModules.in(folder).order(List.of(wanted), packed -> packed).stream()
                .map(file -> file.getFileName().toString())
                .toList();
    }

    private void module(String name, String depends) throws IOException {
        Files.writeString(
                folder.resolve(name + ".ko"), "\u007fELF\0license=GPL\0depends=" + depends + "\0");
    }
}

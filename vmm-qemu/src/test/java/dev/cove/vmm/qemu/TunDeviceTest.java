package dev.cove.vmm.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cove.core.CoveException;
import dev.cove.core.Finding;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TunDeviceTest {
    @TempDir Path folder;

    @Test
    @Tag("root")
    void opensUpWhatOnlyRootMayOpen() throws IOException {
        var device = Files.createFile(folder.resolve("tun"));
        Files.setPosixFilePermissions(device, PosixFilePermissions.fromString("rw-------"));
        var tun = new TunDevice(device);
        assertThat(tun.examine().level()).isEqualTo(Finding.Level.NOTE);

        tun.openUp();

        assertThat(tun.examine().level()).isEqualTo(Finding.Level.OK);
        assertThat(Files.getPosixFilePermissions(device))
                .isEqualTo(PosixFilePermissions.fromString("rw-rw-rw-"));
    }

    @Test
    void saysThatItIsMissing() {
        var tun = new TunDevice(folder.resolve("none"));

        assertThat(tun.examine().level()).isEqualTo(Finding.Level.PROBLEM);
        assertThatThrownBy(tun::openUp)
                .isInstanceOf(CoveException.class)
                .hasMessageContaining("load the kernel module tun");
    }
}

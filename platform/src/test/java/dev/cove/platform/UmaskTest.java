package dev.cove.platform;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UmaskTest {
    @TempDir Path folder;

    @Test
    void decidesWhoMayReadWhatIsMadeFromThenOn() throws Exception {
        var before = Umask.set(0077);
        try {
            assertThat(modeOf(Files.createDirectory(folder.resolve("shut"))))
                    .isEqualTo("rwx------");
            assertThat(Umask.set(Umask.USUAL)).isEqualTo(0077);
            assertThat(modeOf(Files.createDirectory(folder.resolve("open"))))
                    .isEqualTo("rwxr-xr-x");
        } finally {
            Umask.set(before);
        }
    }

    private static String modeOf(Path path) throws Exception {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }
}

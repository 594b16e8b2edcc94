package dev.cove.doors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cove.core.CoveException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DaemonKeyTest {
    @TempDir Path folder;

    private DaemonKey key() {
        return DaemonKey.in(folder.resolve("ssh_key"), new SecureRandom());
    }

    @Test
    void isMadeOnceAndReadAfterwards() throws Exception {
        var made = key();

        assertThat(key()).usingRecursiveComparison().comparingOnlyFields("shown").isEqualTo(made);
        assertThat(key().pair().getPublic()).isEqualTo(made.pair().getPublic());
        assertThat(made.shown().toString()).startsWith("ssh-ed25519 ").endsWith(" cove");
    }

    @Test
    void isForItsOwnerAlone() throws Exception {
        key();

        var mode = Files.getPosixFilePermissions(folder.resolve("ssh_key"));
        assertThat(PosixFilePermissions.toString(mode)).isEqualTo("rw-------");
        try (var files = Files.list(folder)) {
            assertThat(files).hasSize(1);
        }
    }

    @Test
    void isRefusedWhenOthersCanReadIt() throws Exception {
        key();
        Files.setPosixFilePermissions(
                folder.resolve("ssh_key"), PosixFilePermissions.fromString("rw-r-----"));

        assertThatThrownBy(this::key)
                .isInstanceOf(CoveException.class)
                .hasMessageContaining("chmod 600");
    }

    @Test
    void isNeverReplacedWhenItIsDamaged() throws Exception {
        key();
        var file = folder.resolve("ssh_key");
        var half = Files.readString(file).substring(0, 120);
        Files.writeString(file, half);

        assertThatThrownBy(this::key)
                .isInstanceOf(CoveException.class)
                .hasMessageContaining("damaged");
        assertThat(file).hasContent(half);
    }

    @Test
    void isTheSameForAllWhoMakeItAtOnce() throws Exception {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var makers = Stream.<Callable<DaemonKey>>generate(() -> this::key).limit(8).toList();
            var made = threads.invokeAll(makers);
            var keys = made.stream().map(each -> each.resultNow().shown());

            assertThat(keys.collect(Collectors.toSet())).hasSize(1);
        }
    }
}

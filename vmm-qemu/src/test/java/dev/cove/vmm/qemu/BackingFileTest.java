package dev.cove.vmm.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BackingFileTest {
    private static final long CHECKSUM = 4711;

    @TempDir Path folder;
    private Path file;
    private Path name;
    private BackingFile memory;

    @BeforeEach
    void make() throws Exception {
        file = Files.writeString(folder.resolve("file"), "memory");
        name = folder.resolve("name");
        memory = BackingFile.of(file, CHECKSUM).orElseThrow();
    }

    @Test
    void getsAnotherNameWhereverItIsByNow() throws Exception {
        var moved = Files.move(file, folder.resolve("moved"));
        var other = Files.writeString(folder.resolve("other"), "memory");
        var asked = new ArrayList<Long>();

        var linked =
                memory.link(
                        checksum -> {
                            asked.add(checksum);
                            return List.of(file, other, moved);
                        },
                        name);

        assertThat(linked).isTrue();
        assertThat(asked).containsExactly(CHECKSUM);
        assertThat(Files.isSameFile(name, moved)).isTrue();
    }

    @Test
    void getsNoneWhenItHasGone() throws Exception {
        var other = Files.writeString(folder.resolve("other"), "memory");
        Files.delete(file);

        assertThat(memory.link(_ -> List.of(file, other), name)).isFalse();

        assertThat(name).doesNotExist();
        assertThat(BackingFile.of(file, CHECKSUM)).isEmpty();
    }

    @Test
    void getsNoneOnAnotherFileSystem() {
        var elsewhere = Path.of("/dev/shm/cove-" + ProcessHandle.current().pid());

        assertThat(memory.link(_ -> List.of(file), elsewhere)).isFalse();

        assertThat(elsewhere).doesNotExist();
    }
}

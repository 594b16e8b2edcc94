package dev.cove.vmm.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cove.core.Accelerator;
import dev.cove.platform.LinuxProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MachineRecordTest {
    @TempDir Path folder;

    @Test
    void comesBackAsItWasWritten() {
        var file = folder.resolve("process.json");
        var intention =
                new MachineRecord(
                        "vm-abcd1234",
                        3,
                        Accelerator.TCG,
                        200_010,
                        "qemu 7.2",
                        Origin.FORK,
                        true,
                        new BackingFile(4711, 0xfedcba98L),
                        null);
        intention.write(file);
        assertThat(MachineRecord.read(file)).contains(intention);

        var started = intention.startedAs(new LinuxProcess(4711, 815));
        started.write(file);

        assertThat(MachineRecord.read(file)).contains(started);
        assertThat(folder)
                .isDirectoryContaining("glob:**process.json")
                .isDirectoryNotContaining("glob:**.new");
    }

    @Test
    void isNoneWhenItCannotBeRead() throws IOException {
        var file = folder.resolve("process.json");
        assertThat(MachineRecord.read(file)).isEmpty();

        Files.writeString(file, "{\"id\": \"vm-ab");
        assertThat(MachineRecord.read(file)).isEmpty();
    }

    @Test
    void readsThatOfAnEarlierVersion() throws IOException {
        var file = folder.resolve("process.json");
        Files.writeString(
                file,
                """
                {"id":"vm-abcd1234","launch":3,"accelerator":"tcg","user":200010,
                 "process":{"pid":4711,"startTicks":815}}
                """);

        assertThat(MachineRecord.read(file))
                .contains(
                        new MachineRecord(
                                "vm-abcd1234",
                                3,
                                Accelerator.TCG,
                                200_010,
                                "",
                                Origin.BOOT,
                                false,
                                null,
                                new LinuxProcess(4711, 815)));
    }
}

package dev.cove.vmm.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cove.core.Accelerator;
import dev.cove.core.CoveException;
import dev.cove.core.port.Machine.Life;
import dev.cove.core.port.Machine.Save;
import dev.cove.core.port.Snapshots;
import dev.cove.platform.LinuxProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// How a guest is left when saving it comes to nothing, by a QEMU that does what the test wants.
class SavingUndoneTest {
    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final String FAILS =
            "{\"event\": \"MIGRATION\", \"data\": {\"status\": \"failed\"}}\n";
    private static final String TURNS_OFF =
            "{\"event\": \"SHUTDOWN\", \"data\": {\"guest\": true, \"reason\": \"guest-shutdown\"}}\n";

    @TempDir Path data;
    private FakeMonitor monitor;
    private QemuMachine machine;
    private volatile String status = "running";
    private volatile String onTheWay = "";
    private volatile boolean stubborn;

    @BeforeEach
    void start() throws Exception {
        var folder = new VmFolder(Files.createDirectory(data.resolve("vm-abcd1234")));
        monitor = new FakeMonitor(folder.monitorSocket(), FakeMonitor.GREETING, this::answer);
        var process = LinuxProcess.of(ProcessHandle.current().pid()).orElseThrow();
        var record =
                new MachineRecord(
                        "vm-abcd1234",
                        1,
                        Accelerator.TCG,
                        Users.own(),
                        "this one",
                        Origin.BOOT,
                        false,
                        null,
                        process);
        machine =
                new QemuMachine(
                        record, folder, process, Optional.empty(), () -> "this one", () -> {});
        machine.begin(LIMIT);
    }

    @AfterEach
    void end() throws Exception {
        machine.close();
        monitor.close();
    }

    @Test
    void goesOn() {
        onTheWay = "paused";

        refused("QEMU says: migration failed");

        assertThat(machine.life()).isEqualTo(Life.RUNNING);
        assertThat(status).isEqualTo("running");
    }

    @Test
    void isKnownToStandStillWhereItDoesNotGoOn() {
        onTheWay = "paused";
        stubborn = true;

        refused("QEMU says: migration failed");

        assertThat(machine.life()).isEqualTo(Life.STILL);
        stubborn = false;
        machine.proceed();
        assertThat(machine.life()).isEqualTo(Life.RUNNING);
        assertThat(status).isEqualTo("running");
    }

    @Test
    void staysOffWhenItTurnsItselfOffMeanwhile() {
        onTheWay = "postmigrate";

        refused("QEMU says: migration failed");

        assertThat(machine.life()).isEqualTo(Life.OFF);
        assertThat(monitor.heard()).noneMatch(request -> request.contains("\"cont\""));
    }

    private void refused(String why) {
        var files =
                new Snapshots.Files(
                        data.resolve("state"), data.resolve("memory"), data.resolve("disk"));
        assertThatThrownBy(() -> machine.save(new Save(files, () -> {})))
                .isInstanceOf(CoveException.class)
                .hasMessageContaining(why);
        assertThat(files.state()).doesNotExist();
    }

    private String answer(String request) {
        if (request.contains("\"query-status\"")) {
            return "{\"return\": {\"status\": \"%s\"}, \"id\": ID}\n".formatted(status);
        }
        if (request.contains("\"cont\"")) {
            if (stubborn) {
                return "{\"error\": {\"class\": \"GenericError\", \"desc\": \"no\"}, \"id\": ID}\n";
            }
            status = "running";
        }
        if (request.contains("\"migrate\"")) {
            status = onTheWay;
            var off = onTheWay.equals("postmigrate") ? TURNS_OFF : "";
            return FakeMonitor.agreeable(request) + off + FAILS;
        }
        return FakeMonitor.agreeable(request);
    }
}

package dev.cove.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cove.images.Mirrors;
import dev.cove.platform.Closer;
import dev.cove.platform.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// The QEMU of Debian 13, whatever the machine itself has: its packages, unpacked into a folder of
/// the tests' own and started with the C library that they were built for.
@Tag("vm")
@Tag("root")
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class OtherQemuTest {
    private static final Duration FETCHES = Duration.ofMinutes(8);

    private static final Closer THINGS = new Closer();

    private static RealDaemon daemon;

    @BeforeAll
    static void start() throws Exception {
        Needs.realVms();
        var root = TestCache.get("qemu-of-trixie", List.of(), OtherQemuTest::unpack);
        // Machines run as users of their own, who cannot look into root's home.
        var program = Files.createTempDirectory("cv-qemu");
        THINGS.onClose(() -> TestCache.delete(program));
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
        TestCache.copy(root, program.resolve("root"));
        var flags = List.of("--qemu-program", launcher(program));
        daemon = THINGS.own(RealDaemon.with(flags, "debian-slim"));
    }

    private static void unpack(Path to) throws InterruptedException {
        Needs.program("mmdebstrap", "mmdebstrap");
        Needs.wayOut("unpacking Debian 13's QEMU");
        var mirrors = Mirrors.ofHost();
        var line = new ArrayList<>(List.of("mmdebstrap", "--mode=root", "--variant=extract"));
        line.add("--include=qemu-system-x86");
        mirrors.proxies().forEach(proxy -> line.add("--aptopt=" + proxy));
        line.addAll(List.of("trixie", to.resolve("root").toString()));
        line.add(mirrors.debian().toString());
        Command.of(line).within(FETCHES).run().orThrow();
    }

    private static String launcher(Path folder) throws IOException {
        var root = folder.resolve("root/root");
        var library = root.resolve("usr/lib/x86_64-linux-gnu");
        var script = folder.resolve("qemu-system-x86_64");
        Files.writeString(
                script,
                """
                #!/bin/sh
                export QEMU_MODULE_DIR=%2$s/qemu
                exec %2$s/ld-linux-x86-64.so.2 --library-path %2$s \\
                    %1$s/usr/bin/qemu-system-x86_64 -L %1$s/usr/share/qemu -L %1$s/usr/share/seabios "$@"
                """
                        .formatted(root, library));
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
        return script.toString();
    }

    @AfterAll
    static void close() {
        THINGS.close();
    }

    @Test
    void bootsAGuestToSshAndShutsItDown() throws Exception {
        assertThat(daemon.cove("doctor").out()).containsPattern("10\\.0\\.\\d");

        daemon.cove("create", "new", "--image", "debian-slim", "--memory", "256M").orThrow();

        assertThat(daemon.cove("ssh", "new", "--", "hostname").orThrow().strip()).isEqualTo("new");
        assertThat(String.join(" ", daemon.machine("new").commandLine())).contains("cv-qemu");

        var machine = daemon.machine("new");
        daemon.kill();
        daemon.start();
        assertThat(daemon.machine("new")).isEqualTo(machine);

        daemon.cove("stop", "-t", "60s", "new").orThrow();
        assertThat(daemon.client().vm("new").state()).isEqualTo("stopped");
        assertThat(Traces.machines(daemon.data())).isEmpty();
    }
}

package dev.cove.vmm.qemu;

import dev.cove.core.Accelerator;
import dev.cove.core.CoveException;
import dev.cove.core.port.Vmm.Launch;
import dev.cove.platform.Detached;
import dev.cove.platform.LinuxProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/// The start of QEMU's process for one machine.
///
/// @param fit what it will fit when it is saved
/// @param memory what it is given as its standard input; nothing to read when it has its own
/// @param shared the file that this memory is of, if it is
record Start(
        QemuProgram program,
        Launch launch,
        Facts facts,
        String fit,
        Origin origin,
        Path memory,
        Optional<BackingFile> shared,
        VmFolder folder) {
    static final Path OWN_MEMORY = Path.of("/dev/null");

    /// Beyond this no log grows while no daemon shortens it.
    private static final long LEAST_FILE_LIMIT = 64 << 20;

    Start with(Path given, Optional<BackingFile> from) {
        return new Start(program, launch, facts, fit, origin, given, from, folder);
    }

    LinuxProcess run() {
        var line = new ArrayList<String>();
        line.add(program.name());
        line.addAll(QemuCommandLine.of(launch, facts, origin));
        var groups =
                facts.accelerator() == Accelerator.KVM
                        ? KvmDevice.usual().groups()
                        : List.<Integer>of();
        var user = Users.of(launch.user(), groups);
        var limit = fileLimit(launch.disk());
        return new Detached(program.wrapper(), line, memory, folder.qemuLog(), user, limit).start();
    }

    MachineRecord intended() {
        return new MachineRecord(
                launch.id().text(),
                launch.launch(),
                facts.accelerator(),
                launch.user(),
                fit,
                origin,
                origin.isResumed(),
                shared.orElse(null),
                null);
    }

    private static OptionalLong fileLimit(Path disk) {
        try {
            return OptionalLong.of(fileLimit(Files.size(disk)));
        } catch (IOException e) {
            throw CoveException.unavailable("the disk " + disk + " cannot be read", e);
        }
    }

    /// Beyond how many bytes no file grows by what QEMU writes. The disk is a file too, and has its
    /// size already.
    static long fileLimit(long disk) {
        return Math.max(disk, LEAST_FILE_LIMIT);
    }
}

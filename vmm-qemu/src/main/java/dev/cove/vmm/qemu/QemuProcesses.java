package dev.cove.vmm.qemu;

import dev.cove.core.VmId;
import dev.cove.platform.LinuxProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Finds the processes of this data folder's machines by looking at what runs. One is known by a
/// whole word of its command line that nobody types by chance: where its monitor is to be.
///
/// @param vms the folder that holds those of the machines
record QemuProcesses(Path vms) {
    private static final String ANY = "vm-00000000";

    /// A process that was being started when its daemon died shows its command line by then.
    private static final Duration SHOWS_WITHIN = Duration.ofMillis(200);

    QemuProcesses {
        vms = vms.toAbsolutePath().normalize();
    }

    /// The machines that have processes here, with or without a record.
    Map<VmId, List<LinuxProcess>> find() {
        var word = QemuCommandLine.monitor(new VmFolder(vms.resolve(ANY)));
        var head = word.substring(0, word.indexOf(ANY));
        var tail = word.substring(word.indexOf(ANY) + ANY.length());
        var found = new HashMap<VmId, List<LinuxProcess>>();
        for (var process : LinuxProcess.all()) {
            for (var said : process.commandLine()) {
                if (said.startsWith(head) && said.endsWith(tail)) {
                    var id = said.substring(head.length(), said.length() - tail.length());
                    if (VmId.fits(id)) {
                        found.computeIfAbsent(new VmId(id), k -> new ArrayList<>()).add(process);
                    }
                }
            }
        }
        return found;
    }

    /// The process of one machine, by its record if that has got so far, else by looking.
    Optional<LinuxProcess> find(VmId id, VmFolder folder, Optional<MachineRecord> record)
            throws InterruptedException {
        var known = record.flatMap(r -> Optional.ofNullable(r.process()));
        if (known.isPresent() && runs(known.get(), folder)) {
            return known;
        }
        var deadline = System.nanoTime() + SHOWS_WITHIN.toNanos();
        while (true) {
            var found = find().getOrDefault(id, List.of());
            var over = record.isEmpty() || known.isPresent() || System.nanoTime() - deadline > 0;
            if (!found.isEmpty() || over) {
                return found.stream().findFirst();
            }
            Thread.sleep(20);
        }
    }

    /// Whether that process runs, and runs this machine.
    static boolean runs(LinuxProcess process, VmFolder folder) {
        return process.commandLine().contains(QemuCommandLine.monitor(folder));
    }
}

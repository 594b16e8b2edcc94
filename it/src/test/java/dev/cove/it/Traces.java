package dev.cove.it;

import dev.cove.platform.Command;
import dev.cove.platform.LinuxProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/// What VMs have left on this machine, found without asking Cove: which ids stand in which places.
///
/// @param mounts below the data folder
record Traces(
        Map<String, List<LinuxProcess>> machines,
        Set<String> taps,
        Set<String> disks,
        Set<String> folders,
        List<String> mounts) {
    private static final Pattern MONITOR = Pattern.compile(".*/vms/(vm-[a-z0-9]{8})/qmp\\.sock.*");
    private static final Duration GONE = Duration.ofSeconds(20);

    static Traces of(Path data) throws IOException {
        return new Traces(
                machines(data),
                names(Path.of("/sys/class/net"), "cv-(.*)"),
                names(data.resolve("pool/disks"), "(vm-[a-z0-9]{8})\\..*"),
                names(data.resolve("vms"), "(vm-.*)"),
                mounts(data));
    }

    /// Every VM that has left something anywhere.
    Set<String> all() {
        var all = new TreeSet<String>(machines.keySet());
        taps.forEach(tap -> all.add("vm-" + tap));
        all.addAll(disks);
        all.addAll(folders);
        return all;
    }

    /// The machines of a data folder, by their VMs' ids.
    static Map<String, List<LinuxProcess>> machines(Path data) {
        var found = new TreeMap<String, List<LinuxProcess>>();
        for (var process : LinuxProcess.all()) {
            for (var word : process.commandLine()) {
                var monitor = MONITOR.matcher(word);
                if (monitor.matches() && word.contains(data + "/vms/")) {
                    found.computeIfAbsent(monitor.group(1), _ -> new ArrayList<>()).add(process);
                }
            }
        }
        return found;
    }

    static void killMachines(Path data) throws InterruptedException {
        for (var machines : machines(data).values()) {
            for (var machine : machines) {
                machine.kill(GONE);
            }
        }
    }

    /// Takes away Cove's part of this network: that of the next daemon starts from nothing.
    static void clearNetwork() throws IOException, InterruptedException {
        for (var tap : names(Path.of("/sys/class/net"), "(cv-.*)")) {
            Command.of("ip", "link", "delete", tap).run();
        }
        for (var line :
                List.of(
                        List.of("ip", "link", "delete", "vmmbr0"),
                        List.of("nft", "delete", "table", "bridge", "cove"),
                        List.of("nft", "delete", "table", "inet", "cove"))) {
            Command.of(line).run(); // a daemon that never came up has made none of them
        }
    }

    /// How many memories without a name a process holds.
    static long memories(long pid) throws IOException {
        try (var files = Files.list(Path.of("/proc", Long.toString(pid), "fd"))) {
            return files.filter(Traces::isMemory).count();
        }
    }

    private static boolean isMemory(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString().startsWith("/memfd:");
        } catch (IOException e) {
            return false; // it has just been closed
        }
    }

    private static Set<String> names(Path folder, String form) throws IOException {
        var names = new TreeSet<String>();
        if (Files.isDirectory(folder)) {
            var pattern = Pattern.compile(form);
            try (var entries = Files.newDirectoryStream(folder)) {
                for (var entry : entries) {
                    var name = pattern.matcher(entry.getFileName().toString());
                    if (name.matches()) {
                        names.add(name.group(1));
                    }
                }
            }
        }
        return names;
    }

    private static List<String> mounts(Path data) throws IOException {
        try (var lines = Files.lines(Path.of("/proc/self/mountinfo"))) {
            return lines.map(line -> line.split(" ", 6)[4])
                    .filter(point -> point.startsWith(data + "/"))
                    .toList();
        }
    }
}

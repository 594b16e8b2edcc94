package dev.cove.vmm.qemu;

import dev.cove.core.Bytes;
import dev.cove.core.Finding;
import dev.cove.core.VmId;
import dev.cove.core.port.Vmm.Launch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A control group for each machine (Documentation/admin-guide/cgroup-v2.rst), where this host has
/// the second version and lets us.
///
/// They live beside the daemon's own group and not in it: whoever stops the daemon's service stops
/// no VM.
///
/// @param parent the group that holds those of the machines; empty where there is none
/// @param whyNot why there is none
record Cgroups(Optional<Path> parent, String whyNot) {
    private static final Logger LOG = LoggerFactory.getLogger(Cgroups.class);
    private static final Pattern MOUNT =
            Pattern.compile("^\\S+ \\S+ \\S+ \\S+ (\\S+) .* - cgroup2 ");
    private static final List<String> NEEDED = List.of("memory", "cpu", "pids");
    private static final String ENABLE = "+memory +cpu +pids";

    /// QEMU itself, its page tables and what the kernel keeps for it.
    private static final Bytes OVERHEAD = Bytes.mebibytes(192);

    private static final int MOST_THREADS = 256;
    private static final int PERIOD_MICROS = 100_000;

    /// Looks for a place and makes it ours.
    static Cgroups find() {
        try {
            for (var line : Files.readAllLines(Path.of("/proc/self/mountinfo"))) {
                var mount = MOUNT.matcher(line);
                if (mount.find()) {
                    return under(Path.of(mount.group(1)));
                }
            }
            return none("this host has no cgroup v2");
        } catch (IOException e) {
            return none("/proc/self/mountinfo cannot be read: " + e.getMessage());
        }
    }

    /// @param root where cgroup v2 is mounted
    static Cgroups under(Path root) {
        try {
            var offered =
                    List.of(
                            Files.readString(root.resolve("cgroup.controllers"))
                                    .strip()
                                    .split(" ", -1));
            if (!offered.containsAll(NEEDED)) {
                return none("cgroup v2 at " + root + " lacks the controllers " + NEEDED);
            }
            var parent = root.resolve("cove");
            write(root.resolve("cgroup.subtree_control"), ENABLE);
            Files.createDirectories(parent);
            write(parent.resolve("cgroup.subtree_control"), ENABLE);
            return new Cgroups(Optional.of(parent), "");
        } catch (IOException e) {
            return none("cgroup v2 at " + root + " is not ours to use: " + e.getMessage());
        }
    }

    private static Cgroups none(String whyNot) {
        return new Cgroups(Optional.empty(), whyNot);
    }

    /// Puts a process into a group of its own, with the limits of its machine.
    ///
    /// @param translated what it may take for the code that it translates
    void place(Launch launch, Bytes translated, long pid) {
        if (parent.isEmpty()) {
            return;
        }
        var group = parent.get().resolve(launch.id().text());
        try {
            Files.createDirectories(group);
            write(group.resolve("memory.max"), String.valueOf(memory(launch, translated)));
            // Half a processor more than the guest has, for the disk and the network.
            var quota = launch.cpus() * PERIOD_MICROS + PERIOD_MICROS / 2;
            write(group.resolve("cpu.max"), quota + " " + PERIOD_MICROS);
            write(group.resolve("pids.max"), String.valueOf(MOST_THREADS));
            write(group.resolve("cgroup.procs"), String.valueOf(pid));
        } catch (IOException e) {
            // A machine without limits is better than none; `cove doctor` cannot show this one.
            LOG.warn("{} runs without limits: {}", launch.id(), e.getMessage());
        }
    }

    /// Removes the group of a machine whose process has gone; nothing when there is none.
    void remove(VmId id) {
        if (parent.isEmpty()) {
            return;
        }
        try {
            Files.deleteIfExists(parent.get().resolve(id.text()));
        } catch (IOException e) {
            LOG.warn("the control group of {} stays: {}", id, e.getMessage());
        }
    }

    Finding examine() {
        return parent.map(path ->
                        Finding.ok("cgroup", "memory and processors are limited under " + path))
                .orElseGet(() ->
                        Finding.note(
                                "cgroup",
                                whyNot
                                        + ", so a VM's memory and processors are bounded by QEMU alone",
                                "use a host with cgroup v2 (systemd.unified_cgroup_hierarchy=1)"));
    }

    private static long memory(Launch launch, Bytes translated) {
        return launch.memory().count() + translated.count() + OVERHEAD.count();
    }

    private static void write(Path file, String text) throws IOException {
        Files.writeString(file, text);
    }
}

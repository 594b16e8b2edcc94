package dev.cove.daemon;

import dev.cove.core.Bytes;
import dev.cove.core.CoveException;
import dev.cove.core.Finding;
import dev.cove.core.ProcessRef;
import dev.cove.core.VmId;
import dev.cove.core.port.Host;
import dev.cove.platform.LinuxProcess;
import dev.cove.platform.Trees;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// This machine, as `/proc` and the data folder show it.
public final class LinuxHost implements Host {
    private static final Logger LOG = LoggerFactory.getLogger(LinuxHost.class);
    private static final String ENDED = "oom_kill ";

    /// Machines run as users of their own, who have to get through to their folders.
    private static final String PASSABLE = "rwx--x--x";

    private final Path vms;

    /// @param vms the folder that holds each VM's own
    public LinuxHost(Path vms) {
        this.vms = vms;
        makeFolder(vms);
    }

    /// Makes a folder that others may pass through and not look into; its parents likewise.
    static void makeFolder(Path folder) {
        try {
            var passable = PosixFilePermissions.fromString(PASSABLE);
            Files.createDirectories(folder, PosixFilePermissions.asFileAttribute(passable));
        } catch (IOException e) {
            throw CoveException.unavailable(
                    "folder " + folder + " cannot be made: " + e + "; choose another with --data",
                    e);
        }
    }

    /// Which boot of this machine it is (random(4)).
    static String bootId() {
        return read(Path.of("/proc/sys/kernel/random/boot_id")).strip();
    }

    static Bytes allMemory() {
        return meminfo("MemTotal");
    }

    @Override
    public int cpus() {
        return Runtime.getRuntime().availableProcessors();
    }

    @Override
    public Bytes memory() {
        return allMemory();
    }

    @Override
    public Bytes availableMemory() {
        return meminfo("MemAvailable");
    }

    @Override
    public OptionalLong endedForWantOfMemory() {
        try {
            return ended(Files.readString(Path.of("/proc/vmstat")));
        } catch (IOException e) {
            LOG.warn("nobody knows whether memory has run out", e);
            return OptionalLong.empty();
        }
    }

    /// @param vmstat what the file of that name says; kernels without counters of events have none
    ///   of this
    static OptionalLong ended(String vmstat) {
        return vmstat.lines()
                .filter(line -> line.startsWith(ENDED))
                .mapToLong(line -> Long.parseLong(line.substring(ENDED.length())))
                .findFirst();
    }

    @Override
    public Optional<Duration> processorTime(ProcessRef process) {
        return new LinuxProcess(process.pid(), process.startTicks()).processorTime();
    }

    @Override
    public Path folder(VmId id) {
        var folder = vms.resolve(id.text());
        if (!Files.isDirectory(folder)) {
            makeFolder(folder);
        }
        return folder;
    }

    @Override
    public void deleteFolder(VmId id) {
        var folder = vms.resolve(id.text());
        try {
            Trees.delete(folder);
        } catch (IOException e) {
            throw CoveException.unavailable("folder " + folder + " cannot be deleted: " + e, e);
        }
    }

    @Override
    public Set<VmId> folders() {
        var found = new HashSet<VmId>();
        try (var folders = Files.newDirectoryStream(vms, "vm-*")) {
            for (var folder : folders) {
                var name = folder.getFileName().toString();
                if (VmId.fits(name)) {
                    found.add(new VmId(name));
                }
            }
        } catch (IOException e) {
            throw CoveException.unavailable("folder " + vms + " cannot be read: " + e, e);
        }
        return found;
    }

    @Override
    public List<Finding> examine() {
        var findings = new ArrayList<Finding>();
        var free = availableMemory();
        findings.add(
                free.compareTo(Bytes.mebibytes(768)) < 0
                        ? Finding.note(
                                "memory",
                                free.toMebibytes() + " MiB available",
                                "stop what else runs here, or make smaller VMs: --memory 128M")
                        : Finding.ok(
                                "memory",
                                free.toMebibytes()
                                        + " MiB of "
                                        + memory().toMebibytes()
                                        + " MiB available, "
                                        + cpus()
                                        + " CPUs"));
        return findings;
    }

    private static Bytes meminfo(String field) {
        return read(Path.of("/proc/meminfo"))
                .lines()
                .filter(line -> line.startsWith(field + ":"))
                .map(line -> line.replaceAll("\\D", ""))
                .map(kibibytes -> new Bytes(Long.parseLong(kibibytes) * 1024))
                .findFirst()
                .orElseThrow(() -> CoveException.unavailable("/proc/meminfo has no " + field));
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

package dev.cove.bench;

import dev.cove.client.CoveClient;
import dev.cove.client.VmInfo;
import dev.cove.platform.Closer;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/// What forty VMs of 256 MiB at rest take: host memory and disk of each, and whether `cove ls` is
/// still quick. VMs from a template, forks of a running VM, and ten that have booted beside them.
record Density(Grounds grounds, Family family) implements CopySection {
    private static final int VMS = 40;
    private static final int BOOTED = 10;

    private static final int MEBIBYTES = 256;
    private static final String PREFIX = "bench-at-rest";
    private static final String SOURCE = "bench-source";
    private static final Duration REST = Duration.ofSeconds(30);
    private static final Duration WITHIN = Duration.ofMinutes(10);

    private static final int MOST_MEGABYTES = 45;
    private static final int MOST_KILOBYTES_OF_DISK = 1000;
    private static final Duration MOST_TO_LIST = Duration.ofMillis(100);

    @Override
    public String name() {
        return family.section("density");
    }

    @Override
    public String about() {
        return "memory, disk and cove ls with " + VMS + " forks of " + kind().image() + " at rest";
    }

    @Override
    public int mebibytes() {
        return MEBIBYTES;
    }

    @Override
    public List<Figure> measure(Turns turns, Consumer<String> progress) throws Exception {
        try (var after = new Closer()) {
            var daemon = daemonWithTemplate(after, progress);
            var cove = daemon.client();
            var figures = new ArrayList<Figure>();
            figures.addAll(fromTemplate(daemon, turns, progress));
            figures.addAll(forked(cove, progress));
            figures.add(booted(cove, progress));
            return figures;
        }
    }

    private List<Figure> fromTemplate(DaemonProcess daemon, Turns turns, Consumer<String> progress)
            throws Exception {
        var cove = daemon.client();
        var before = daemon.poolBytes();
        var vms = new ArrayList<VmInfo>();
        try (var after = new Closer()) {
            for (var name : names(VMS)) {
                after.onClose(() -> Vms.destroy(cove, name, WITHIN));
                vms.add(cove.create(kind().forked(name), WITHIN));
                Vms.requireRunning(vms.getLast(), "template");
            }
            var disk = (daemon.poolBytes() - before) / VMS;
            progress.accept(VMS + " run, and are left alone");
            Thread.sleep(REST);
            var list = listing(daemon, turns);
            var figures = figures(VMS + " VMs from a template", memory(vms));
            figures.add(
                    new Figure.Limit(
                            "cove ls with " + VMS + " VMs that run", list, 0.5, MOST_TO_LIST));
            figures.add(
                    new Figure.Count(
                            kind() + ": kB of disk for each of " + VMS + " fresh VMs",
                            disk / 1000,
                            MOST_KILOBYTES_OF_DISK));
            figures.add(asleep(daemon, names(VMS).getFirst()));
            return figures;
        }
    }

    private Samples listing(DaemonProcess daemon, Turns turns) throws Exception {
        var side = Side.of("cove ls", () -> CommandLine.wallTime(grounds, daemon, VMS + 1, "ls"));
        return turns.of(List.of(side), _ -> {}).getFirst();
    }

    /// What it writes, by the pool and by what the daemon says.
    private Figure asleep(DaemonProcess daemon, String name) throws Exception {
        var before = daemon.poolBytes();
        var said = Vms.sleep(daemon.client(), name, WITHIN);
        return new Figure.Told(
                kind() + ": writes, when a VM from a template goes to sleep",
                String.format(
                        Locale.ROOT,
                        "%.1f MB more in the pool; the daemon says %.1f MB",
                        (daemon.poolBytes() - before) / 1e6,
                        said / 1e6));
    }

    private List<Figure> forked(CoveClient cove, Consumer<String> progress) throws Exception {
        try (var after = new Closer()) {
            after.onClose(() -> Vms.destroy(cove, SOURCE, WITHIN));
            Vms.requireRunning(cove.create(kind().forked(SOURCE), WITHIN), "template");
            names(VMS).forEach(name -> after.onClose(() -> Vms.destroy(cove, name, WITHIN)));
            var vms = Vms.fork(cove, SOURCE, PREFIX, Optional.of(VMS), WITHIN).vms();
            vms.forEach(vm -> Vms.requireRunning(vm, "fork"));
            progress.accept(VMS + " forks run, and are left alone");
            Thread.sleep(REST);
            return figures(VMS + " forks of a running VM", memory(vms));
        }
    }

    private Figure booted(CoveClient cove, Consumer<String> progress) throws Exception {
        var vms = new ArrayList<VmInfo>();
        try (var after = new Closer()) {
            for (var name : names(BOOTED)) {
                after.onClose(() -> Vms.destroy(cove, name, WITHIN));
                vms.add(cove.create(kind().cold(name), WITHIN));
                Vms.requireRunning(vms.getLast(), "cold");
            }
            progress.accept(BOOTED + " have booted, and are left alone");
            Thread.sleep(REST);
            return told(BOOTED + " booted VMs", memory(vms));
        }
    }

    private static List<String> names(int count) {
        return IntStream.rangeClosed(1, count).mapToObj(i -> PREFIX + "-" + i).toList();
    }

    private static HostMemory memory(List<VmInfo> vms) throws IOException {
        var all = new ArrayList<HostMemory>();
        for (var vm : vms) {
            all.add(HostMemory.ofProcess(Vms.process(vm), MEBIBYTES));
        }
        return HostMemory.mean(all);
    }

    private List<Figure> figures(String whose, HostMemory memory) {
        var figures = new ArrayList<Figure>();
        figures.add(
                new Figure.Count(
                        kind() + ": MB of host memory (Pss) of each of " + whose,
                        (long) Math.ceil(memory.megabytes()),
                        MOST_MEGABYTES));
        figures.add(told(whose, memory));
        return figures;
    }

    private Figure told(String whose, HostMemory memory) {
        return new Figure.Told(kind() + ": Pss of each of " + whose, memory.toString());
    }
}

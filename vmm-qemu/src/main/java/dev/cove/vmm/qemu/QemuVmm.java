package dev.cove.vmm.qemu;

import dev.cove.core.Accelerator;
import dev.cove.core.CoveException;
import dev.cove.core.Finding;
import dev.cove.core.Snapshot;
import dev.cove.core.VmId;
import dev.cove.core.port.Machine;
import dev.cove.core.port.Snapshots;
import dev.cove.core.port.Vmm;
import dev.cove.platform.Closer;
import dev.cove.platform.CommandException;
import dev.cove.platform.LinuxProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Machines by QEMU, each a process of its own that outlives this one.
///
/// What the process's user has to be able to read, besides what [VmFolder] gives it: the kernel,
/// and every folder on the way to kernel and disk (mode 0711 does). The disk has to be its own.
public final class QemuVmm implements Vmm {
    private static final Duration START_WITHIN = Duration.ofSeconds(30);
    private static final Duration ADOPT_WITHIN = Duration.ofSeconds(30);
    private static final Duration GONE_WITHIN = Duration.ofSeconds(10);

    /// A process that was being started when its daemon died shows its command line by then.
    private static final Duration SHOWS_WITHIN = Duration.ofMillis(200);

    private final QemuProgram program;
    private final QemuProcesses processes;
    private final Cgroups cgroups;
    private final Probing probing;

    /// @param program the words that start QEMU, usually `qemu-system-x86_64`; words in front of
    ///   the last one run with our privileges (`chroot`, `/srv/trixie`, `qemu-system-x86_64`)
    /// @param board what to use if this QEMU has it
    /// @param vms the folder that holds the machines' own, by their ids
    public QemuVmm(List<String> program, Board board, Path vms) {
        this(new QemuProgram(program), vms, probing(new QemuProgram(program), board, vms));
    }

    QemuVmm(QemuProgram program, Path vms, Probing probing) {
        this.program = program;
        this.processes = new QemuProcesses(vms);
        this.cgroups = Cgroups.find();
        this.probing = probing;
    }

    static Probing probing(QemuProgram program, Board board, Path vms) {
        return new Probing(() -> Probe.of(program, board, KvmDevice.usual(), vms));
    }

    /// Begins to try what works here, in the background, so that the first who asks need not wait.
    public void warmUp() {
        probing.begin();
    }

    @Override
    public String name() {
        return "qemu";
    }

    @Override
    public Capabilities capabilities() {
        var found = probing.await();
        return new Capabilities(
                found.usable(),
                found.version(),
                found.accelerators(),
                found.usable(),
                found.fit(),
                found.whyNot());
    }

    @Override
    public Machine launch(Launch launch) {
        try {
            return begin(launch, usable().facts(), Origin.BOOT, machine -> {});
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw CoveException.unavailable("interrupted while " + launch.id() + " started", e);
        }
    }

    private Probe usable() {
        var found = probing.await();
        if (!found.usable()) {
            throw CoveException.unavailable("QEMU cannot be used: " + found.whyNot());
        }
        return found;
    }

    /// What a machine still has to go through before it is one.
    private interface Birth {
        void accept(QemuMachine machine) throws InterruptedException;
    }

    private Machine begin(Launch launch, Facts facts, Origin origin, Birth birth)
            throws InterruptedException {
        var folder = folder(launch.id(), launch.folder());
        refuseSecond(launch.id(), folder);
        try {
            return begin(new Start(program, launch, facts, origin, folder), birth);
        } catch (CommandException e) {
            throw CoveException.unavailable(
                    "QEMU did not start %s: %s".formatted(launch.id(), e.getMessage()), e);
        }
    }

    private Machine begin(Start start, Birth birth) throws InterruptedException {
        var folder = start.folder();
        var launch = start.launch();
        try (var undo = new Closer()) {
            undo.onClose(() -> clear(launch.id(), folder));
            TunDevice.usual().openUp();
            folder.prepare(launch.launch(), launch.user());
            var record = start.intended();
            record.write(folder.record());
            var process = start.run();
            undo.onClose(() -> end(launch.id(), process));
            record = record.startedAs(process);
            record.write(folder.record());
            cgroups.place(launch, start.facts().accelerator() == Accelerator.TCG, process.pid());
            var machine = undo.own(machine(launch.id(), record, folder, process));
            machine.begin(START_WITHIN);
            birth.accept(machine);
            if (record.arriving()) {
                record.arrived().write(folder.record());
            }
            undo.release();
            return machine;
        }
    }

    @Override
    public Machine resume(Launch launch, Snapshot.Moment moment, Snapshots.Files files)
            throws InterruptedException {
        var found = usable();
        if (!moment.vmm().equals(name()) || !moment.fit().equals(found.fit())) {
            throw CoveException.unavailable(
                    "%s was saved on %s (%s), and here is %s (%s); start it cold"
                            .formatted(
                                    launch.id(), moment.vmm(), moment.fit(), name(), found.fit()));
        }
        return begin(launch, found.facts(), Origin.STREAM, machine -> machine.bring(moment, files));
    }

    @Override
    public void forget(Snapshots.Files files) {
        // No memory is kept ready yet.
    }

    @Override
    public Optional<Machine> adopt(VmId id, Path path) {
        var folder = folder(id, path);
        var record = MachineRecord.read(folder.record());
        try {
            var process = find(id, folder, record);
            if (process.isEmpty()) {
                return Optional.empty();
            }
            if (record.map(MachineRecord::arriving).orElse(false)) {
                end(id, process.get()); // nobody has found it to be what was saved
                clear(id, folder);
                return Optional.empty();
            }
            if (record.isEmpty()) {
                throw CoveException.unavailable(
                        "a QEMU of %s runs (process %d) and has no record; sweep it"
                                .formatted(id, process.get().pid()));
            }
            var started = record.get().startedAs(process.get());
            // On a full disk, too, what lives has to be adopted.
            if (!started.equals(record.get())) {
                started.write(folder.record());
            }
            return Optional.of(adopt(id, folder, started, process.get()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw CoveException.unavailable("interrupted while " + id + " was adopted", e);
        }
    }

    private Machine adopt(VmId id, VmFolder folder, MachineRecord record, LinuxProcess process)
            throws InterruptedException {
        try (var undo = new Closer()) {
            var machine = undo.own(machine(id, record, folder, process));
            machine.begin(ADOPT_WITHIN);
            undo.release();
            return machine;
        }
    }

    /// By the record if that has got so far, else by looking.
    private Optional<LinuxProcess> find(VmId id, VmFolder folder, Optional<MachineRecord> record)
            throws InterruptedException {
        var known = record.flatMap(r -> Optional.ofNullable(r.process()));
        if (known.isPresent() && QemuProcesses.runs(known.get(), folder)) {
            return known;
        }
        var deadline = System.nanoTime() + SHOWS_WITHIN.toNanos();
        while (true) {
            var found = processes.find().getOrDefault(id, List.of());
            var over = record.isEmpty() || known.isPresent() || System.nanoTime() - deadline > 0;
            if (!found.isEmpty() || over) {
                return found.stream().findFirst();
            }
            Thread.sleep(20);
        }
    }

    @Override
    public Set<VmId> running() {
        return Set.copyOf(processes.find().keySet());
    }

    @Override
    public void sweep(VmId id) {
        for (var process : processes.find().getOrDefault(id, List.of())) {
            end(id, process);
        }
        clear(id, folder(id, processes.vms().resolve(id.text())));
    }

    @Override
    public List<Finding> examine() {
        var findings = new ArrayList<>(probing.await().findings());
        findings.add(TunDevice.usual().examine());
        findings.add(cgroups.examine());
        return List.copyOf(findings);
    }

    private QemuMachine machine(
            VmId id, MachineRecord record, VmFolder folder, LinuxProcess process) {
        return new QemuMachine(record, folder, process, () -> clear(id, folder));
    }

    private VmFolder folder(VmId id, Path path) {
        var folder = new VmFolder(path);
        if (!folder.path().equals(processes.vms().resolve(id.text()))) {
            throw new IllegalArgumentException(path + " is not the folder of " + id);
        }
        return folder;
    }

    private static void refuseSecond(VmId id, VmFolder folder) {
        MachineRecord.read(folder.record())
                .flatMap(record -> Optional.ofNullable(record.process()))
                .filter(process -> QemuProcesses.runs(process, folder))
                .ifPresent(process -> {
                    throw CoveException.conflict(
                            "%s runs already (process %d)".formatted(id, process.pid()));
                });
    }

    private static void end(VmId id, LinuxProcess process) {
        try {
            if (!process.kill(GONE_WITHIN)) {
                throw new CoveException(
                        CoveException.Kind.INTERNAL,
                        "QEMU of %s (process %d) does not go away".formatted(id, process.pid()));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw CoveException.internal("interrupted while QEMU of " + id + " ended", e);
        }
    }

    /// What a process leaves behind that has gone.
    private void clear(VmId id, VmFolder folder) {
        try {
            folder.removeSockets();
            Files.deleteIfExists(folder.record());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot clear " + folder.path(), e);
        }
        cgroups.remove(id);
    }
}

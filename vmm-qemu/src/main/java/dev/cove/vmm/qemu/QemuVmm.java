package dev.cove.vmm.qemu;

import dev.cove.core.Bytes;
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
import dev.cove.platform.Memfd;
import dev.cove.platform.SystemCallException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Machines by QEMU, each a process of its own that outlives this one.
///
/// What the process's user has to be able to read, besides what [VmFolder] gives it: the kernel,
/// and every folder on the way to kernel and disk (mode 0711 does). The disk has to be its own.
public final class QemuVmm implements Vmm {
    private static final Logger LOG = LoggerFactory.getLogger(QemuVmm.class);
    private static final Duration START_WITHIN = Duration.ofSeconds(30);
    private static final Duration ADOPT_WITHIN = Duration.ofSeconds(30);
    private static final Duration GONE_WITHIN = Duration.ofSeconds(10);

    private final QemuProgram program;
    private final QemuProcesses processes;
    private final Cgroups cgroups;
    private final Probing probing;
    private final Memory memory;
    private final MomentCache moments;

    /// @param program the words that start QEMU, usually `qemu-system-x86_64`; words in front of
    ///   the last one run with our privileges (`chroot`, `/srv/trixie`, `qemu-system-x86_64`)
    /// @param board what to use if this QEMU has it
    /// @param vms the folder that holds the machines' own, by their ids
    public QemuVmm(List<String> program, Board board, Path vms, Memory memory) {
        this(new QemuProgram(program), vms, probing(new QemuProgram(program), board, vms), memory);
    }

    QemuVmm(QemuProgram program, Path vms, Probing probing, Memory memory) {
        this.memory = memory;
        this.moments = new MomentCache(memory.kept());
        this.program = program;
        this.processes = new QemuProcesses(vms);
        this.cgroups = Cgroups.find();
        this.probing = probing;
    }

    /// What of the host's memory there is for what a guest does not know of.
    ///
    /// @param kept for snapshots that are kept ready for forks, all together
    /// @param translated for what one guest's code is translated to, where it is
    public record Memory(Bytes kept, Bytes translated) {}

    static Probing probing(QemuProgram program, Board board, Path vms) {
        return new Probing(() -> Probe.of(program, board, KvmDevice.usual(), vms), program::stamp);
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
        var found = usable();
        try {
            return launch.sharers() == Sharers.FORKS
                    ? template(launch, found)
                    : begin(start(launch, found, Origin.BOOT), Optional.empty(), machine -> {});
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw CoveException.unavailable("interrupted while " + launch.id() + " started", e);
        }
    }

    private Machine template(Launch launch, Probe found) throws InterruptedException {
        try (var undo = new Closer()) {
            var size = launch.memory().count();
            var fresh = Memfd.create("cove " + launch.id(), size);
            var memory = undo.own(new TemplateMemory(fresh, moments));
            var start = start(launch, found, Origin.TEMPLATE).with(memory.path(), Optional.empty());
            var machine = begin(start, Optional.of(memory), m -> {});
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
                    "%s was saved on %s (%s), and here is %s (%s)"
                            .formatted(
                                    launch.id(), moment.vmm(), moment.fit(), name(), found.fit()));
        }
        var shared = shared(launch, moment, files);
        if (shared.isEmpty()) {
            var whole = new Arrival.State(files.state(), moment.state(), false);
            var start = start(launch, found, Origin.STREAM);
            return begin(start, Optional.empty(), machine -> machine.bring(whole));
        }
        var from = moment.memory().flatMap(sum -> BackingFile.of(files.memory(), sum));
        try (var common = shared.get()) {
            var start = start(launch, found, Origin.FORK).with(common.memory().path(), from);
            var state =
                    common.rest()
                            .map(r -> new Arrival.State(r.state().path(), r.checksum(), false))
                            .orElseGet(() -> beside(files, moment));
            return begin(start, Optional.empty(), machine -> machine.bring(state));
        }
    }

    /// What was written beside a memory: nothing of that, or what differs from it.
    private static Arrival.State beside(Snapshots.Files files, Snapshot.Moment moment) {
        try {
            var left = Wire.leavesSharedMemoryOut(files.state());
            return new Arrival.State(files.state(), moment.state(), left);
        } catch (IOException e) {
            throw CoveException.unavailable("%s cannot be read: %s".formatted(files.state(), e), e);
        }
    }

    /// What a machine does not have for itself, if there is something.
    private Optional<SealedMoment> shared(
            Launch launch, Snapshot.Moment moment, Snapshots.Files files)
            throws InterruptedException {
        if (moment.memory().isPresent()) {
            return moments.open(files.memory(), moment.memory().get(), SealedMoment::ofMemory);
        }
        return switch (launch.sharers()) {
            case NOBODY, FORKS -> Optional.empty();
            case SIBLINGS ->
                    moments.open(
                            files.state(),
                            moment.state(),
                            (file, checksum) -> Parting.of(file, checksum, launch.memory()));
        };
    }

    private Start start(Launch launch, Probe found, Origin origin) {
        var folder = folder(launch.id(), launch.folder());
        return new Start(
                program,
                launch,
                found.facts(memory.translated()),
                found.fit(),
                origin,
                Start.OWN_MEMORY,
                Optional.empty(),
                folder);
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

    private Machine begin(Start start, Optional<TemplateMemory> memory, Birth birth)
            throws InterruptedException {
        var folder = start.folder();
        var launch = start.launch();
        refuseSecond(launch.id(), folder);
        try (var undo = new Closer()) {
            undo.onClose(() -> clear(launch.id(), folder));
            TunDevice.usual().openUp();
            folder.prepare(launch.heading(), launch.user());
            var record = start.intended();
            record.write(folder.record());
            var process = start.run();
            undo.onClose(() -> end(launch.id(), process));
            if (!process.giveWay()) {
                LOG.warn("{} may outlast the daemon when memory runs out", launch.id());
            }
            record = record.startedAs(process);
            record.write(folder.record());
            cgroups.place(launch, start.facts().translated(), process.pid());
            var machine = undo.own(machine(launch.id(), record, folder, process, memory));
            machine.begin(START_WITHIN);
            birth.accept(machine);
            if (record.arriving()) {
                record.arrived().write(folder.record());
            }
            undo.release();
            return machine;
        } catch (CommandException e) {
            throw CoveException.unavailable(
                    "QEMU did not start %s: %s".formatted(launch.id(), e.getMessage()), e);
        }
    }

    @Override
    public void forget(Snapshots.Files files) {
        try {
            moments.forget(files.memory());
            moments.forget(files.state());
        } catch (IOException e) {
            throw CoveException.unavailable("a snapshot cannot be looked at: " + e, e);
        }
    }

    @Override
    public Optional<Machine> adopt(VmId id, Path path) {
        var folder = folder(id, path);
        var record = MachineRecord.read(folder.record());
        try {
            var process = processes.find(id, folder, record);
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
            var memory =
                    record.origin() == Origin.TEMPLATE
                            ? memory(process)
                            : Optional.<TemplateMemory>empty();
            memory.ifPresent(undo::own);
            var machine = undo.own(machine(id, record, folder, process, memory));
            machine.begin(ADOPT_WITHIN);
            undo.release();
            return machine;
        }
    }

    private Optional<TemplateMemory> memory(LinuxProcess process) {
        try {
            var shared = Memfd.open(Memfd.ofProcess(process.pid()));
            return Optional.of(new TemplateMemory(shared, moments));
        } catch (SystemCallException e) {
            throw CoveException.internal(
                    "the memory of a template (process %d) cannot be opened"
                            .formatted(process.pid()),
                    e);
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
            VmId id,
            MachineRecord record,
            VmFolder folder,
            LinuxProcess process,
            Optional<TemplateMemory> memory) {
        return new QemuMachine(
                record,
                folder,
                process,
                memory,
                () -> probing.await().fit(),
                () -> clear(id, folder));
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

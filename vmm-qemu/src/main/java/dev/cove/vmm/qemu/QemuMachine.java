package dev.cove.vmm.qemu;

import dev.cove.core.Accelerator;
import dev.cove.core.Bytes;
import dev.cove.core.CoveException;
import dev.cove.core.ProcessRef;
import dev.cove.core.port.Machine;
import dev.cove.platform.CommandException;
import dev.cove.platform.LinuxProcess;
import dev.cove.platform.UnixSocket;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/// A QEMU process and the connection to its monitor.
///
/// | seen | `life` |
/// |---|---|
/// | process there | RUNNING |
/// | resumed or saved; a stop that another daemon or a failed save has left | STILL, until `proceed` |
/// | monitor says SHUTDOWN, or status `shutdown` | OFF, for good |
/// | the same, for a reboot of a guest that was resumed | REBOOT, for good |
/// | process gone | DEAD, for good |
///
/// A [Lookout] looks again and again, and at once when the monitor has something to say: it
/// connects to a monitor that was lost, lets a guest go on that stood still for want of disk space,
/// and keeps the logs small. QEMU's own logfile grows without limit; while a daemon lives, this is
/// what bounds it, and while none does, the file size limit that QEMU was started with.
final class QemuMachine implements Machine {
    private static final Logger LOG = LoggerFactory.getLogger(QemuMachine.class);

    /// Until a process whose monitor has ended is taken for one that lives on.
    private static final Duration LAST_BREATH = Duration.ofMillis(200);

    private final MachineRecord record;
    private final VmFolder folder;
    private final LinuxProcess process;
    private final Runnable afterwards;
    private final Logs logs;
    private final Optional<TemplateMemory> memory;
    private final Supplier<String> fit;
    private final Lookout lookout;
    private final AtomicReference<@Nullable SocketChannel> console = new AtomicReference<>();
    private final Monitor monitor;

    /// Whoever saves the guest, or lets it go on, holds it.
    private final Semaphore hand = new Semaphore(1);

    private final AtomicReference<Life> life = new AtomicReference<>(Life.RUNNING);
    private volatile boolean starved;

    /// @param memory what is to be shared with forks, for the machine to close
    /// @param fit what a machine that is saved here is taken to fit
    /// @param afterwards what is left to clear away once the process has been killed
    QemuMachine(
            MachineRecord record,
            VmFolder folder,
            LinuxProcess process,
            Optional<TemplateMemory> memory,
            Supplier<String> fit,
            Runnable afterwards) {
        this.record = record;
        this.folder = folder;
        this.process = process;
        this.afterwards = afterwards;
        this.monitor = new Monitor(folder.monitorSocket(), record.user());
        monitor.listen(new Ears());
        this.lookout = new Lookout(record.id(), this::life, this::look);
        this.logs = Logs.of(record.id(), folder);
        this.memory = memory;
        this.fit = fit;
    }

    /// Waits for QEMU's monitor and begins to watch.
    ///
    /// @throws CoveException UNAVAILABLE with QEMU's words when it ends or stays silent
    void begin(Duration limit) throws InterruptedException {
        var deadline = System.nanoTime() + limit.toNanos();
        while (!connect()) {
            if (!process.isAlive()) {
                throw CoveException.unavailable(
                        "QEMU did not start " + record.id() + ": " + folder.lastWords());
            }
            if (System.nanoTime() - deadline > 0) {
                throw CoveException.unavailable(
                        "QEMU's monitor of %s does not answer within %d s; %s"
                                .formatted(record.id(), limit.toSeconds(), folder.lastWords()));
            }
            Thread.sleep(1);
        }
        lookout.begin();
    }

    /// Brings in what the machine was.
    void bring(Arrival.State state) throws InterruptedException {
        try {
            new Arrival(record.id(), folder, record.user(), monitor).bring(state);
        } catch (CoveException e) {
            throw explained(e);
        }
    }

    @Override
    public int launch() {
        return record.launch();
    }

    @Override
    public ProcessRef process() {
        return new ProcessRef(process.pid(), process.startTicks());
    }

    @Override
    public Accelerator accelerator() {
        return record.accelerator();
    }

    @Override
    public Life life() {
        return process.isAlive() ? life.get() : Life.DEAD;
    }

    @Override
    public void onChange(Runnable listener) {
        lookout.onChange(listener);
    }

    @Override
    public Saved save(Save how) throws InterruptedException {
        refuseOther();
        take();
        var whole = false;
        try {
            var saved = saving().save(how);
            if (!how.goesOn()) {
                turn(Life.STILL);
            }
            whole = true;
            return saved;
        } catch (CoveException e) {
            throw explained(e);
        } finally {
            if (!whole) {
                lookAtWhatIsLeft();
            }
            hand.release();
        }
    }

    private Saving saving() {
        return new Saving(
                record.id(),
                folder,
                record.user(),
                monitor,
                record.accelerator() == Accelerator.TCG,
                memory,
                Optional.ofNullable(record.memory()),
                process,
                this::life);
    }

    /// A save that has failed leaves the guest standing still where QEMU did not let it go on
    /// either. Then it has to be known, or nobody would try again.
    private void lookAtWhatIsLeft() {
        try {
            Undisturbed.run("look at " + record.id(), this::connect);
        } catch (Exception e) {
            LOG.warn("{}: nobody knows whether it goes on", record.id(), e);
        }
    }

    private void refuseOther() {
        if (!record.fit().equals(fit.get())) {
            throw CoveException.unavailable(
                    "%s cannot be saved: it was started on %s, and here is %s; restart it first"
                            .formatted(
                                    record.id(),
                                    record.fit().isEmpty() ? "an earlier Cove" : record.fit(),
                                    fit.get()));
        }
    }

    @Override
    public void proceed() {
        if (life() != Life.STILL) {
            return;
        }
        take();
        try {
            monitor.execute("cont");
            turn(Life.RUNNING);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw CoveException.unavailable("interrupted while " + record.id() + " went on", e);
        } finally {
            hand.release();
        }
    }

    private void take() {
        if (!hand.tryAcquire()) {
            throw CoveException.busy(
                    record.id() + " is being saved; wait until that is done and try again");
        }
    }

    /// With QEMU's own words when it has gone. Its monitor is the first to go.
    private CoveException explained(CoveException e) throws InterruptedException {
        if (monitor.isOpen() || !process.awaitExit(LAST_BREATH)) {
            return e;
        }
        var words = folder.lastWords();
        var ended = "; its QEMU has ended" + (words.isEmpty() ? "" : " and said: " + words);
        return new CoveException(e.kind(), e.sentence() + ended, e);
    }

    @Override
    public void growDisk(Bytes size) {
        try {
            process.limitFiles(Start.fileLimit(size.count()), Users.of(record.user(), List.of()));
            monitor.execute(
                    "block_resize",
                    Map.of("node-name", QemuCommandLine.DISK, "size", size.count()));
        } catch (CommandException e) {
            throw CoveException.unavailable(
                    "the disk of %s grows when it is started again: %s"
                            .formatted(record.id(), e.getMessage()),
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw CoveException.unavailable("interrupted while a disk grew", e);
        }
    }

    @Override
    public void askToShutDown() {
        var button = new PowerButton(record, folder, process, monitor);
        Thread.ofVirtual().name("shut down " + record.id()).start(button::press);
    }

    @Override
    public void kill(Duration patience) {
        try {
            if (!process.kill(patience)) {
                throw new CoveException(
                        CoveException.Kind.INTERNAL,
                        "QEMU of %s (process %d) is still there %d s after it was killed; it may wait for a disk that does not answer"
                                .formatted(record.id(), process.pid(), patience.toSeconds()));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw CoveException.internal("interrupted while " + record.id() + " ended", e);
        }
        memory.ifPresent(TemplateMemory::handOver);
        close();
        afterwards.run();
    }

    @Override
    public Path consoleLog() {
        return folder.consoleLog();
    }

    @Override
    public synchronized SocketChannel openConsole() throws IOException {
        var current = console.get();
        if (current != null && current.isOpen()) {
            throw CoveException.busy(
                    "somebody else is at the console of "
                            + record.id()
                            + "; wait until they leave");
        }
        var opened = UnixSocket.connect(folder.consoleSocket(), record.user());
        console.set(opened);
        return opened;
    }

    @Override
    public SocketChannel openGuestChannel() throws IOException {
        return UnixSocket.connect(folder.guestSocket(), record.user());
    }

    @Override
    public void close() {
        lookout.end();
        monitor.close();
        memory.ifPresent(TemplateMemory::close);
    }

    /// @return whether there is a connection now
    private boolean connect() throws InterruptedException {
        try {
            return monitor.connect() && settle();
        } catch (CoveException e) {
            LOG.debug("{}: {}", record.id(), e.getMessage());
            return false;
        }
    }

    /// Ends what a daemon has left half done, and sees how the guest is; letting it go on is not
    /// for us to decide.
    private boolean settle() throws InterruptedException {
        var status = monitor.status();
        if (!status.equals("inmigrate") && Migration.cancel(monitor, status)) {
            status = monitor.status();
        }
        switch (status) {
            case "shutdown" -> turn(over());
            case "io-error" -> starved = true;
            case "paused", "postmigrate", "inmigrate", "prelaunch" -> turn(Life.STILL);
            default -> turn(Life.RUNNING);
        }
        return true;
    }

    private Life over() {
        var again = record.origin().isResumed() && Farewell.isReboot(folder.consoleLog());
        return again ? Life.REBOOT : Life.OFF;
    }

    private void turn(Life next) {
        var before = life.getAndUpdate(now -> now == Life.OFF || now == Life.REBOOT ? now : next);
        LOG.debug("{}: {}, then {}", record.id(), before, next);
        lookout.wake();
    }

    private void look() throws InterruptedException {
        logs.trim();
        if (!monitor.isOpen()) {
            if (process.awaitExit(LAST_BREATH)) {
                lookout.wake();
            } else if (connect()) {
                LOG.info("{}: connected to its monitor again", record.id());
                lookout.wake();
            }
        } else if (starved && life() == Life.RUNNING && hand.tryAcquire()) {
            try {
                repeat();
            } finally {
                hand.release();
            }
        }
    }

    /// QEMU stops a guest whose disk found no room on the host; it repeats the write when told.
    private void repeat() throws InterruptedException {
        starved = false;
        try {
            monitor.execute("cont");
        } catch (CoveException e) {
            LOG.warn("{}: cannot go on: {}", record.id(), e.getMessage());
        }
    }

    /// Takes what the monitor says to the watching thread.
    private final class Ears implements Qmp.Listener {
        @Override
        public void event(String name, JsonNode data) {
            switch (name) {
                case "SHUTDOWN" -> {
                    var reboots = data.path("reason").asString("").equals("guest-reset");
                    turn(reboots ? Life.REBOOT : Life.OFF);
                }
                case "BLOCK_IO_ERROR" -> {
                    LOG.warn("{}: its disk cannot be written: {}", record.id(), data);
                    starved = data.path("action").asString("").equals("stop");
                    return; // at the next look, not at once: it would only fail again
                }
                default -> {
                    return;
                }
            }
            lookout.wake();
        }

        @Override
        public void ended() {
            lookout.wake();
        }
    }
}

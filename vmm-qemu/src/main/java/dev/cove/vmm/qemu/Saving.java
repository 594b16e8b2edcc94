package dev.cove.vmm.qemu;

import dev.cove.core.Bytes;
import dev.cove.core.CoveException;
import dev.cove.core.port.Machine.Life;
import dev.cove.core.port.Machine.Save;
import dev.cove.core.port.Machine.Saved;
import dev.cove.platform.Closer;
import dev.cove.platform.LinuxProcess;
import dev.cove.platform.Memfd;
import dev.cove.vmm.qemu.MemoryFile.Content;
import dev.cove.vmm.qemu.Receiving.Received;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/// Writes down what a machine is doing. The guest goes on while its memory streams out, and stands
/// still from the moment when little is left (see [Migration]). What does not come to its end is
/// undone: the guest goes on, unless it has turned itself off, and there are no files.
///
/// A translated guest also stands still for a moment at the beginning, and its memory is sent only
/// once before the end: QEMU is asked for what was written meanwhile at these two moments alone.
/// Asked while the guest runs, QEMU 7.2 loses sight of pages that the guest goes on to write
/// (docs/adr/0009).
///
/// @param id the machine's, for messages
/// @param user as whom its QEMU runs
/// @param translated whether its guest is
/// @param memory what is saved apart from the rest, if it is a template's
/// @param shared the memory that it was resumed with, if that had a file of its own
/// @param process that runs it
/// @param life how the machine is at any moment; one that stands still already is saved so, and
///   stays so
record Saving(
        String id,
        VmFolder folder,
        int user,
        Monitor monitor,
        boolean translated,
        Optional<TemplateMemory> memory,
        Optional<BackingFile> shared,
        LinuxProcess process,
        Supplier<Life> life) {
    /// For as long as this the guest is to stand still at most. Where it writes faster than QEMU
    /// can send, it may be longer after a while, so that there is an end.
    private static final List<Duration> STANDSTILLS =
            List.of(
                    Duration.ofMillis(50),
                    Duration.ofMillis(250),
                    Duration.ofSeconds(1),
                    Duration.ofMinutes(30));

    /// How often its memory may be sent with the first of these, and with each of the others.
    private static final int FIRST_PASSES = 8;

    private static final int MORE_PASSES = 4;

    /// With this QEMU asks no more until it has sent all memory once, and then for the last time.
    private static final Duration AT_ONCE = Duration.ZERO;

    /// How a guest is of which all has been sent.
    private static final Set<String> SENT = Set.of("finish-migrate", "postmigrate");

    private static final Duration BEGUN_WITHIN = Duration.ofSeconds(30);
    private static final Duration GLANCE = Duration.ofMillis(100);
    private static final Duration LIMIT = Duration.ofMinutes(10);
    private static final Duration END_WITHIN = Duration.ofMinutes(1);

    /// @throws CoveException UNAVAILABLE when the machine has come to its end, before or meanwhile
    Saved save(Save how) throws InterruptedException {
        var still = refuseOver() == Life.STILL;
        try (var undo = new Closer()) {
            undo.onClose(() -> Files.deleteIfExists(how.files().state()));
            undo.onClose(() -> Files.deleteIfExists(how.files().memory()));
            undo.onClose(() -> Undisturbed.run("go on " + id, () -> goOn(still)));
            var saved = stream(how, still);
            undo.release();
            return saved;
        } catch (ClosedByInterruptException e) {
            Thread.interrupted(); // as whoever is interrupted while waiting
            throw (InterruptedException) new InterruptedException().initCause(e);
        } catch (IOException e) {
            throw CoveException.unavailable("%s cannot be saved: %s".formatted(id, e), e);
        }
    }

    private Life refuseOver() {
        var now = life.get();
        return switch (now) {
            case RUNNING, STILL -> now;
            case OFF, REBOOT, DEAD ->
                    throw CoveException.unavailable(
                            "%s does nothing that could be saved: it is %s".formatted(id, now));
        };
    }

    private Saved stream(Save how, boolean still) throws IOException, InterruptedException {
        var common = common(how);
        try {
            return stream(how, still, common);
        } finally {
            common.ifPresent(Memfd::close);
        }
    }

    /// What need not be written, since it has a name among the files from here on.
    private Optional<Memfd> common(Save how) {
        var open = shared.flatMap(its -> BackingPages.memoryOf(process.pid()));
        var linked = open.isPresent() && shared.get().link(how.memories(), how.files().memory());
        if (!linked) {
            open.ifPresent(Memfd::close);
        }
        return linked ? open : Optional.empty();
    }

    private Saved stream(Save how, boolean still, Optional<Memfd> common)
            throws IOException, InterruptedException {
        var file = how.files().state();
        try (var migration = new Migration(monitor);
                var receiving = Receiving.begin(folder, user, file, common)) {
            try {
                begin(migration, receiving, still);
                awaitStandstill(migration);
                refuseOver();
                refuseWithoutRoom(file, receiving);
                receiving.hurry();
                how.meanwhile().run();
                migration.proceed();
                if (!migration.await(Migration.COMPLETED, END_WITHIN)) {
                    throw late("does not send the last of its state", END_WITHIN);
                }
                refuseOver(); // what it did last may have been to turn itself off
                var content = content(how, common.isPresent());
                var goesOn = how.goesOn() && !still;
                if (goesOn) {
                    letGo();
                }
                receiving.calm();
                var received = receiving.await(END_WITHIN);
                refuseWithoutRoom(file, receiving);
                var stood = goesOn ? migration.stood() : Duration.ZERO;
                return saved(received, content, common.isPresent(), stood);
            } catch (CoveException e) {
                throw receiving.failure().map(cause -> unwritten(file, cause)).orElse(e);
            }
        }
    }

    /// What of the guest's memory is a file of its own, and has to be read while the guest stands.
    private Optional<Content> content(Save how, boolean isLinked) throws IOException {
        return isLinked || memory.isEmpty()
                ? Optional.empty()
                : Optional.of(memory.get().save(how.files().memory()));
    }

    private Saved saved(
            Received state, Optional<Content> content, boolean isLinked, Duration stood) {
        var checksum =
                isLinked ? shared.map(BackingFile::checksum) : content.map(Content::checksum);
        var bytes = state.bytes() + content.map(Content::bytes).orElse(0L);
        return new Saved(state.checksum(), checksum, new Bytes(bytes), stood);
    }

    private void begin(Migration migration, Receiving receiving, boolean still)
            throws InterruptedException {
        if (still && monitor.status().equals("postmigrate")) {
            // From here QEMU refuses to save again until the guest has run, were it for a moment.
            monitor.execute("cont");
            monitor.execute("stop");
        }
        migration.prepare(memory.isPresent());
        migration.allow(allowed(0));
        if (still || !translated) {
            migration.out(folder.stateSocket());
            receiving.read();
            return;
        }
        monitor.execute("stop");
        migration.out(folder.stateSocket());
        if (!migration.await(Migration.ACTIVE, BEGUN_WITHIN)) {
            throw late("does not begin to be saved", BEGUN_WITHIN);
        }
        try {
            monitor.execute("cont");
        } catch (CoveException e) {
            if (!monitor.status().equals("finish-migrate")) {
                throw e;
            }
            // All has been sent so quickly that the guest stands still until the end.
        }
        receiving.read(); // not before, when there was more to do than there are processors
    }

    /// QEMU says that all is sent a moment before it lets anything go on.
    private void letGo() throws InterruptedException {
        var deadline = System.nanoTime() + END_WITHIN.toNanos();
        while (true) {
            try {
                monitor.execute("cont");
                return;
            } catch (CoveException e) {
                var status = monitor.status();
                if (!SENT.contains(status) || System.nanoTime() - deadline > 0) {
                    throw e;
                }
            }
        }
    }

    private Duration allowed(int passes) {
        return translated ? AT_ONCE : standstill(passes);
    }

    private void awaitStandstill(Migration migration) throws InterruptedException {
        var deadline = System.nanoTime() + LIMIT.toNanos();
        var allowed = allowed(0);
        while (!migration.await(Migration.PRE_SWITCHOVER, GLANCE)) {
            if (System.nanoTime() - deadline > 0) {
                throw late("does not come to a standstill", LIMIT);
            }
            var due = allowed(migration.passes());
            if (!due.equals(allowed)) {
                allowed = due;
                migration.allow(allowed);
            }
        }
    }

    /// @param passes how often memory has been sent, or what of it had changed
    static Duration standstill(int passes) {
        var step = Math.max(0, passes - FIRST_PASSES + MORE_PASSES - 1) / MORE_PASSES;
        return STANDSTILLS.get(Math.min(step, STANDSTILLS.size() - 1));
    }

    private void refuseWithoutRoom(Path file, Receiving receiving) throws InterruptedException {
        if (receiving.missing() > 0) {
            var more = Migration.remaining(monitor);
            throw Room.wanting(file, receiving.missing() + more);
        }
    }

    private CoveException unwritten(Path file, Throwable cause) {
        return CoveException.unavailable(
                "%s cannot be saved to %s: %s".formatted(id, file, cause.getMessage()), cause);
    }

    private CoveException late(String what, Duration limit) {
        return CoveException.unavailable(
                "%s %s within %d s; try again when this host is less busy"
                        .formatted(id, what, limit.toSeconds()));
    }

    /// Back to how it was.
    private void goOn(boolean still) throws InterruptedException {
        if (!monitor.connect()) {
            return; // it has gone; or a monitor that hangs is found again later
        }
        Migration.cancel(monitor, monitor.status());
        if (!still && !monitor.status().equals("running") && life.get() == Life.RUNNING) {
            monitor.execute("cont");
        }
    }
}

package dev.cove.testkit;

import dev.cove.core.Accelerator;
import dev.cove.core.Bytes;
import dev.cove.core.CoveException;
import dev.cove.core.ProcessRef;
import dev.cove.core.VmId;
import dev.cove.core.port.Machine;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/// A machine that is an entry in a [World]. Its guest obeys the power button at once, unless the
/// world has made it deaf.
final class FakeMachine implements Machine {
    private final World world;
    private final VmId id;
    private final World.Running process;
    private final Path folder;
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();

    FakeMachine(World world, VmId id, World.Running process, Path folder) {
        this.world = world;
        this.id = id;
        this.process = process;
        this.folder = folder;
    }

    @Override
    public int launch() {
        return process.launch;
    }

    @Override
    public ProcessRef process() {
        return new ProcessRef(process.pid, process.pid);
    }

    @Override
    public Accelerator accelerator() {
        return Accelerator.NONE;
    }

    @Override
    public Life life() {
        return world.process(id) == process ? process.life : Life.DEAD;
    }

    @Override
    public void onChange(Runnable listener) {
        listeners.add(listener);
    }

    @Override
    public Saved save(Save how) {
        world.act("Machine.standStill", () -> live(Life.STILL));
        try {
            how.meanwhile().run();
            world.act("Machine.save", () -> world.write(how.files().state(), process.mind));
            if (how.goesOn()) {
                world.act("Machine.goOn", () -> live(Life.RUNNING));
            }
        } catch (RuntimeException e) {
            // The guest goes on, if it can; not if the daemon died, which is an error.
            try {
                world.act("Machine.goOn", () -> live(Life.RUNNING));
            } catch (RuntimeException again) {
                e.addSuppressed(again);
                listeners.forEach(Runnable::run);
            }
            throw e;
        }
        var standstill = how.goesOn() ? Duration.ofMillis(1) : Duration.ZERO;
        return new Saved(process.mind, Optional.empty(), Bytes.mebibytes(1), standstill);
    }

    private void live(Life life) {
        if (life() == Life.DEAD) {
            throw CoveException.unavailable("the fake machine has died");
        }
        process.life = life;
    }

    @Override
    public void proceed() {
        world.act(
                "Machine.proceed",
                () -> {
                    if (life() == Life.STILL) {
                        process.life = Life.RUNNING;
                    }
                });
    }

    @Override
    public void growDisk(Bytes size) {
        world.act("Machine.growDisk", () -> {});
    }

    @Override
    public void askToShutDown() {
        world.act("Machine.askToShutDown", () -> world.pressPowerButton(id));
        listeners.forEach(Runnable::run);
    }

    @Override
    public void kill(Duration patience) {
        world.act(
                "Machine.kill",
                () -> {
                    if (world.processes.get(id) == process) {
                        world.processes.remove(id);
                    }
                });
    }

    @Override
    public Path consoleLog() {
        return folder.resolve("console.log");
    }

    @Override
    public SocketChannel openConsole() throws IOException {
        throw new IOException("a fake machine has no console");
    }

    @Override
    public SocketChannel openGuestChannel() throws IOException {
        throw new IOException("a fake machine has no guest");
    }

    @Override
    public void close() {
        listeners.clear();
    }
}

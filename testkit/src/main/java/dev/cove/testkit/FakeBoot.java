package dev.cove.testkit;

import dev.cove.core.Bytes;
import dev.cove.core.CoveException;
import dev.cove.core.Image;
import dev.cove.core.Mac;
import dev.cove.core.VmSpec;
import dev.cove.core.port.Boot;
import dev.cove.core.port.BootFiles;
import dev.cove.core.port.Machine;
import java.nio.file.Path;
import java.time.Duration;

/// Guests that are up as soon as they run.
public final class FakeBoot implements Boot {
    private final World world;

    public FakeBoot(World world) {
        this.world = world;
    }

    @Override
    public BootFiles prepare(VmSpec spec, Image image, Person person, Path folder) {
        world.act("Boot.prepare", () -> {});
        return new BootFiles(image.kernel(), image.initramfs(), image.kernelArguments());
    }

    @Override
    public void awaitWord(Machine machine, Duration limit) {
        world.act("Boot.awaitWord", () -> {});
        if (machine.life() != Machine.Life.RUNNING) {
            throw CoveException.unavailable("the guest said nothing");
        }
    }

    @Override
    public void prepareTemplate(Machine machine, Duration limit) {
        world.act("Boot.prepareTemplate", () -> {});
        if (machine.life() != Machine.Life.RUNNING) {
            throw CoveException.unavailable("the guest said nothing");
        }
    }

    @Override
    public void become(Machine machine, VmSpec spec, Person person, Mac mac, Duration limit) {
        world.act("Boot.become", () -> {});
        if (machine.life() != Machine.Life.RUNNING) {
            throw CoveException.unavailable("the guest said nothing");
        }
    }

    @Override
    public void grow(Machine machine, Bytes disk, Duration limit) {
        world.act("Boot.grow", () -> {});
        if (machine.life() != Machine.Life.RUNNING) {
            throw CoveException.unavailable("the guest said nothing");
        }
    }

    @Override
    public void greet(Machine machine, Duration limit) {
        world.act("Boot.greet", () -> {});
        if (machine.life() != Machine.Life.RUNNING) {
            throw CoveException.unavailable("the guest said nothing");
        }
    }

    @Override
    public boolean freeze(Machine machine, Duration limit) {
        world.act("Boot.freeze", () -> {});
        return machine.life() == Machine.Life.RUNNING;
    }

    @Override
    public void thaw(Machine machine, Duration limit) {
        world.act("Boot.thaw", () -> {});
    }

    /// Its guests need no clock.
    @Override
    public void setClock(Machine machine) {
        // Happens in the background, so neither its failing nor a crash meanwhile shows here.
    }
}

package dev.cove.bench;

import dev.cove.bench.PlainQemu.Memory;
import dev.cove.platform.Closer;
import dev.cove.platform.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/// A guest that somebody has booted, has run a command in, and has saved; and a side that has it go
/// on, in a new QEMU each time, with a new copy of its disk.
///
/// It keeps its identity: its keys, name and address are those that were saved, and nobody tells it
/// the time. Cove's forks become somebody else before their first command, so this is less work.
///
/// @param memory of those that go on
/// @param state what QEMU wrote
/// @param disk as it was then
record SavedByHand(String name, Workshop workshop, Memory memory, Path state, Path disk)
        implements Side {
    /// For the guest to notice that nobody is logged in any more, and to be at rest.
    private static final Duration REST = Duration.ofSeconds(3);

    /// Its memory is in a file, which those that go on map privately.
    ///
    /// @param after gives the file's memory back
    static SavedByHand template(Workshop workshop, Closer after)
            throws IOException, InterruptedException {
        var folder = Files.createDirectory(workshop.folder().resolve("memory"));
        Command.of("mount", "-t", "tmpfs", "none", folder.toString()).run().orThrow();
        after.onClose(() -> Command.of("umount", "--lazy", folder.toString()).run().orThrow());
        var file = folder.resolve("memory-of-template");
        var made = new Memory.Template(file);
        return make("fork by hand", workshop, made, new Memory.Fork(file));
    }

    /// Its memory is written down with everything else.
    static SavedByHand asleep(Workshop workshop) throws IOException, InterruptedException {
        return make("wake by hand", workshop, new Memory.Own(), new Memory.Own());
    }

    private static SavedByHand make(String name, Workshop workshop, Memory memory, Memory then)
            throws IOException, InterruptedException {
        var files = name.replace(' ', '-');
        var state = workshop.folder().resolve(files + "-state");
        var disk = workshop.folder().resolve(files + "-disk");
        try (var after = new Closer()) {
            var berth = after.own(Berth.make(workshop));
            var qemu = after.own(PlainQemu.boot(berth, memory));
            berth.awaitCommand();
            berth.hangUp();
            Thread.sleep(REST);
            qemu.save(state, memory);
            Handmade.copy(berth.disk(), disk);
        }
        return new SavedByHand(name, workshop, then, state, disk);
    }

    /// What QEMU wrote.
    long mebibytes() throws IOException {
        return Files.size(state) >> 20;
    }

    @Override
    public Duration once() throws Exception {
        try (var after = new Closer()) {
            var berth = after.own(Berth.make(workshop, disk));
            berth.introduce();
            var begun = System.nanoTime();
            after.own(PlainQemu.resume(berth, memory, state));
            berth.awaitCommand();
            return Duration.ofNanos(System.nanoTime() - begun);
        }
    }
}

package dev.cove.vmm.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cove.core.CoveException;
import dev.cove.core.port.Machine;
import dev.cove.core.port.Machine.Save;
import dev.cove.core.port.Vmm.Sharers;
import dev.cove.platform.Memfd;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.LongFunction;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// What the driver promises about machines that were resumed from a template and are saved again,
/// held to real machines of one QEMU.
abstract class DifferenceContract extends RealMachines {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    /// Beyond this there is more in a state than a guest changes that does next to nothing.
    private static final long LITTLE = 12 << 20;

    private QemuVmm vmm;
    private Snapshotted template;

    @BeforeAll
    void prepare() throws Exception {
        template = Snapshotted.make(bench, Sharers.FORKS);
        vmm = template.vmm();
    }

    @Test
    void writesOnlyWhatDiffersFromTheTemplate() throws Exception {
        var fork = template.running();
        assertThat(Bench.ask(fork, "count")).containsExactly("3");

        var sleeper = saved(fork, template);

        assertThat(sleeper.files().state()).hasSize(sleeper.saved().size().count());
        assertThat(sleeper.saved().size().count()).isLessThan(LITTLE);
        assertThat(sleeper.saved().memory()).isEqualTo(template.saved().memory());
        assertThat(Files.isSameFile(sleeper.files().memory(), template.files().memory())).isTrue();
        isWhatItWas(fork, sleeper);
        var memory = memory(fork);
        fork.kill(LIMIT);
        var woken = sleeper.running();
        assertThat(Bench.ask(woken, "count", "kept")).containsExactly("4", template.kept());
        assertThat(memory(woken)).as("the template's once more").isEqualTo(memory);
    }

    @Test
    void keepsWhatWasZeroedAndWhatChangedBack() throws Exception {
        var fork = template.running();
        var spared = Bench.ask(fork, "spare", "blank").getFirst();
        var blank = Bench.ask(fork, "kept").getFirst();
        var first = saved(fork, template);
        isWhatItWas(fork, first);
        fork.kill(LIMIT);

        var woken = first.running();
        assertThat(Bench.ask(woken, "kept", "spared")).containsExactly(blank, spared);
        assertThat(Bench.ask(woken, "back")).containsExactly(template.kept());
        var second = saved(woken, first);
        isWhatItWas(woken, second);
        woken.kill(LIMIT);

        var again = second.running();
        assertThat(Bench.ask(again, "kept", "spared", "count"))
                .containsExactly(template.kept(), spared, "3");
        assertThat(Bench.ask(again, "keep 8")).doesNotContain(template.kept());
        isWhatItWas(again, saved(again, second));
    }

    @Test
    void isWhatItWasAlthoughItRewritesItsMemoryAllTheTime() throws Exception {
        var fork = template.running();
        var spared = Bench.ask(fork, "spare").getFirst();
        assertThat(Bench.ask(fork, "flap", "rewrite 60")).containsExactly("flapping", "rewriting");

        var first = saved(fork, template);

        isWhatItWas(fork, first);
        fork.kill(LIMIT);
        var woken = first.running();
        assertThat(Bench.ask(woken, "spared", "count")).containsExactly(spared, "3");
        isWhatItWas(woken, saved(woken, first));
    }

    @Test
    void writesAllOfItWhenTheTemplateHasGone() throws Exception {
        var fork = template.running();
        var files = bench.files();

        var saved =
                fork.save(
                        new Save(files, () -> {}, _ -> List.of(Path.of("/nowhere/memory")), false));

        assertThat(saved.memory()).isEmpty();
        assertThat(files.memory()).doesNotExist();
        fork.kill(LIMIT);
        var woken = new Snapshotted(bench, vmm, saved, files, template.kept()).running();
        assertThat(Bench.ask(woken, "kept", "count")).containsExactly(template.kept(), "3");
    }

    @Test
    void outlivesTheTemplate() throws Exception {
        var own = Snapshotted.make(bench, Sharers.FORKS);
        var fork = own.running();
        var sleeper = saved(fork, own);
        fork.kill(LIMIT);
        own.vmm().forget(own.files());
        Files.delete(own.files().memory());

        var woken = sleeper.running();

        assertThat(Bench.ask(woken, "kept", "count")).containsExactly(own.kept(), "3");
        var again = saved(woken, sleeper);
        assertThat(again.saved().size().count()).isLessThan(LITTLE);
    }

    @Test
    void writesOnlyWhatDiffersWithAnotherDaemonToo() throws Exception {
        var launch = bench.prepare();
        var fork = bench.own(vmm.resume(launch, template.moment(), template.files()));
        fork.proceed();
        fork.close();
        var next = bench.vmm(Board.MICROVM);
        var adopted = bench.own(next.adopt(launch.id(), launch.folder()).orElseThrow());

        var sleeper = saved(adopted, template);

        assertThat(sleeper.saved().size().count()).isLessThan(LITTLE);
        adopted.kill(LIMIT);
        var last = bench.vmm(Board.MICROVM);
        var woken = bench.own(last.resume(bench.prepare(), sleeper.moment(), sleeper.files()));
        woken.proceed();
        assertThat(Bench.ask(woken, "kept", "count")).containsExactly(template.kept(), "3");
    }

    @Test
    void refusesBytesThatHaveChanged() throws Exception {
        var fork = template.running();
        var sleeper = saved(fork, template);
        for (var at : List.of(30L, 100L, sleeper.saved().size().count() / 2)) {
            flip(sleeper.files().state(), at);
            refuses(vmm, sleeper, sleeper.files().state());
            flip(sleeper.files().state(), at);
        }
        flip(sleeper.files().memory(), 40 << 20);
        refuses(bench.vmm(Board.MICROVM), sleeper, sleeper.files().memory());
        flip(sleeper.files().memory(), 40 << 20);

        assertThat(Bench.ask(sleeper.running(), "count")).containsExactly("3");
    }

    private void refuses(QemuVmm by, Snapshotted sleeper, Path damaged) throws Exception {
        var launch = bench.prepare();
        assertThatThrownBy(() -> by.resume(launch, sleeper.moment(), sleeper.files()))
                .isInstanceOf(CoveException.class)
                .hasMessageContaining(damaged + " is damaged: its checksum is");
        assertThat(by.running()).doesNotContain(launch.id());
    }

    /// Saves a machine that was resumed from another snapshot, and leaves it standing still.
    private Snapshotted saved(Machine machine, Snapshotted from) throws Exception {
        var files = bench.files();
        var saved = machine.save(new Save(files, () -> {}, memories(from), false));
        assertThat(saved.memory()).isPresent();
        return new Snapshotted(bench, vmm, saved, files, from.kept());
    }

    private static LongFunction<List<Path>> memories(Snapshotted from) {
        return checksum -> {
            assertThat(from.saved().memory()).contains(checksum);
            return List.of(from.files().memory());
        };
    }

    /// All of the memory of a machine that stands still is what was saved of it.
    private void isWhatItWas(Machine machine, Snapshotted snapshot) throws Exception {
        var copy = bench.files().memory();
        Files.copy(snapshot.files().memory(), copy);
        try (var all = FileChannel.open(copy, StandardOpenOption.READ, StandardOpenOption.WRITE);
                var state = Files.newInputStream(snapshot.files().state())) {
            var main = all.map(MapMode.READ_WRITE, 0, all.size());
            var places = new HashMap<String, ByteBuffer>(Map.of("ram", main));
            Function<String, ByteBuffer> place =
                    name -> places.computeIfAbsent(name, _ -> ByteBuffer.allocate(4 << 20));
            FakeArrival.bring(state, place);
            var pages = 0L;
            for (var area : areas(machine)) {
                pages += area.compare(machine.process().pid(), main);
            }
            assertThat(pages).isEqualTo(all.size() / BackingPages.SIZE);
        }
        Files.delete(copy);
    }

    /// A part of a process's address space.
    ///
    /// @param at where it is in the guest's memory
    private record Area(long from, long to, long at) {
        long compare(long pid, ByteBuffer memory) throws Exception {
            var page = new byte[BackingPages.SIZE];
            try (var process = new RandomAccessFile("/proc/" + pid + "/mem", "r")) {
                for (var offset = 0L; offset < to - from; offset += page.length) {
                    process.seek(from + offset);
                    process.readFully(page);
                    var saved = memory.slice((int) (at + offset), page.length);
                    assertThat(saved.mismatch(ByteBuffer.wrap(page)))
                            .as("page at %x", at + offset)
                            .isNegative();
                }
            }
            return (to - from) / page.length;
        }
    }

    private static List<Area> areas(Machine machine) throws Exception {
        try (var lines = Files.lines(Path.of("/proc/" + machine.process().pid() + "/maps"))) {
            return lines.filter(line -> line.contains("/memfd:cove"))
                    .map(line -> line.split("-| [-rwxps]{4} | "))
                    .map(words ->
                            new Area(
                                    Long.parseUnsignedLong(words[0], 16),
                                    Long.parseUnsignedLong(words[1], 16),
                                    Long.parseUnsignedLong(words[2], 16)))
                    .toList();
        }
    }

    /// What its process has as its memory.
    private static Object memory(Machine machine) throws Exception {
        var path = Memfd.ofProcess(machine.process().pid());
        return Files.getAttribute(path, "unix:ino");
    }

    private static void flip(Path file, long at) throws Exception {
        try (var bytes = new RandomAccessFile(file.toFile(), "rw")) {
            bytes.seek(at);
            var before = bytes.read();
            bytes.seek(at);
            bytes.write(before ^ 1);
        }
    }
}

package dev.cove.vmm.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cove.core.Bytes;
import dev.cove.core.CoveException;
import dev.cove.core.port.Machine;
import dev.cove.core.port.Machine.Save;
import dev.cove.core.port.Vmm.Sharers;
import dev.cove.platform.Memfd;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Several real machines of one QEMU that go on from the same moment of one that ran.
abstract class SharingContract extends RealMachines {
    private static final Bytes MEMORY = Bytes.mebibytes(256);
    private static final Pattern OWN = Pattern.compile("Private_(?:Clean|Dirty): +(\\d+) kB");
    private QemuVmm vmm;
    private Snapshotted moment;

    @BeforeAll
    void prepare() throws Exception {
        moment = Snapshotted.make(bench, Sharers.NOBODY);
        vmm = moment.vmm();
    }

    @AfterEach
    void forget() {
        vmm.forget(moment.files());
    }

    @Test
    void forksOfOneMomentShareItsMemoryUntilTheyWrite() throws Exception {
        var forks = new ArrayList<Machine>();
        try (var all = Executors.newVirtualThreadPerTaskExecutor()) {
            Callable<Machine> fork = moment::sibling;
            for (var made : all.invokeAll(List.of(fork, fork, fork))) {
                forks.add(made.get());
            }
        }
        assertThat(forks)
                .extracting(Bench::memory)
                .as("one and the same")
                .containsOnly(momentsOf());
        for (var fork : forks) {
            try (var memory = Memfd.open(Memfd.ofProcess(fork.process().pid()))) {
                assertThat(memory.isSealed()).as("no fork can change it for others").isTrue();
            }
            assertThat(Bench.ask(fork, "kept", "count")).containsExactly(moment.kept(), "3");
            // Of some 70 that are in use; a guest on a busy host writes more until it is asked.
            assertThat(own(fork)).isLessThan(Bytes.mebibytes(32));
        }

        var changed = Bench.ask(forks.getFirst(), "keep 8").getFirst();

        assertThat(changed).isNotEqualTo(moment.kept());
        assertThat(Bench.ask(forks.getLast(), "kept")).containsExactly(moment.kept());
        assertThat(Bench.ask(moment.sibling(), "kept")).containsExactly(moment.kept());
        assertThat(Bench.ask(forks.getFirst(), "kept")).containsExactly(changed);
    }

    @Test
    void hasTheSameMemoryAsOneThatIsAlone() throws Exception {
        var machine = moment.running();
        assertThat(Bench.ask(machine, "rewrite 40")).containsExactly("rewriting");
        var files = bench.files();
        var saved = machine.save(new Save(files, () -> {}));
        machine.kill(Duration.ofSeconds(10));
        var busy = new Snapshotted(bench, vmm, saved, files, moment.kept());

        var alone = content(busy.still());
        var sibling = content(busy.stillSibling());

        assertThat(sibling).isEqualTo(alone);
        assertThat(Bench.ask(busy.sibling(), "kept", "count")).containsExactly(moment.kept(), "3");
        vmm.forget(files);
    }

    @Test
    void canBeForkedAgain() throws Exception {
        var fork = moment.sibling();
        var kept = Bench.ask(fork, "count", "keep 4").getLast();
        var files = bench.files();
        var saved = fork.save(new Save(files, () -> {}));
        fork.proceed();

        var next = new Snapshotted(bench, vmm, saved, files, kept);

        assertThat(Bench.ask(next.sibling(), "count", "kept")).containsExactly("4", kept);
        assertThat(Bench.ask(next.running(), "count", "kept")).containsExactly("4", kept);
        assertThat(Bench.ask(fork, "count", "kept")).containsExactly("4", kept);
        vmm.forget(files);
    }

    @Test
    void isAdoptedByTheNextDaemonAndKeepsItsMemory() throws Exception {
        var launch = bench.prepare(Sharers.SIBLINGS);
        var fork = bench.own(vmm.resume(launch, moment.moment(), moment.files()));
        fork.proceed();
        fork.close();
        vmm.forget(moment.files());

        try (var adopted = bench.vmm(Board.MICROVM).adopt(launch.id(), launch.folder()).get()) {
            assertThat(Bench.ask(adopted, "kept", "count")).containsExactly(moment.kept(), "3");
        }
    }

    @Test
    void refusesAStateOfWhichAByteHasChanged() throws Exception {
        var state = moment.files().state();
        for (var at : new long[] {100, Files.size(state) / 2, Files.size(state) - 10}) {
            flip(state, at);
            var launch = bench.prepare(Sharers.SIBLINGS);

            assertThatThrownBy(() -> vmm.resume(launch, moment.moment(), moment.files()))
                    .isInstanceOf(CoveException.class)
                    .hasMessageContaining(state + " is damaged: its checksum is");

            assertThat(vmm.running()).doesNotContain(launch.id());
            assertThat(launch.folder().resolve("process.json")).doesNotExist();
            assertThat(held()).isEmpty();
            flip(state, at);
        }

        assertThat(Bench.ask(moment.sibling(), "count")).containsExactly("3");
    }

    @Test
    void letsGoOfWhatIsSharedWithItsSnapshot() throws Exception {
        var fork = moment.sibling();
        assertThat(held()).hasSize(2);

        vmm.forget(moment.files());

        assertThat(held()).isEmpty();
        assertThat(Bench.ask(fork, "kept", "count")).containsExactly(moment.kept(), "3");
    }

    private Object momentsOf() throws Exception {
        return Bench.memory(moment.stillSibling());
    }

    /// What is in a machine's memory and what it was saved with besides.
    private MemoryFile.Content content(Machine machine) throws Exception {
        var files = bench.files();
        var saved = machine.save(new Save(files, () -> {}));
        try (var parted = Parting.of(files.state(), saved.state(), MEMORY).orElseThrow()) {
            return MemoryFile.look(parted.memory().path());
        }
    }

    /// What a machine has of its guest's memory for itself alone.
    private static Bytes own(Machine machine) throws IOException {
        var sum = 0L;
        var guests = false;
        for (var line : Files.readAllLines(Path.of("/proc/%d/smaps".formatted(pid(machine))))) {
            if (line.matches("[0-9a-f]+-[0-9a-f]+ .*")) {
                guests = line.contains("/memfd:cove moment");
            }
            var own = OWN.matcher(line);
            if (guests && own.matches()) {
                sum += Long.parseLong(own.group(1)) * 1024;
            }
        }
        assertThat(sum).as("it writes something").isPositive();
        return new Bytes(sum);
    }

    private static long pid(Machine machine) {
        return machine.process().pid();
    }

    /// What this process has open of states that are shared.
    private static List<String> held() throws IOException {
        var held = new ArrayList<String>();
        try (var files = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (var file : files) {
                if (Files.isSymbolicLink(file)) {
                    held.add(Files.readSymbolicLink(file).toString());
                }
            }
        }
        held.removeIf(name -> !name.matches("/memfd:cove (moment|state).*"));
        return held;
    }

    private static void flip(Path file, long at) throws IOException {
        try (var bytes = new RandomAccessFile(file.toFile(), "rw")) {
            bytes.seek(at);
            var before = bytes.read();
            bytes.seek(at);
            bytes.write(before ^ 1);
        }
    }
}

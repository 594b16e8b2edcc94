package dev.cove.vmm.qemu;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.cove.core.Bytes;
import dev.cove.core.Mac;
import dev.cove.core.VmId;
import dev.cove.core.port.BootFiles;
import dev.cove.core.port.Machine;
import dev.cove.core.port.Snapshots;
import dev.cove.core.port.Tap;
import dev.cove.core.port.Vmm.Launch;
import dev.cove.core.port.Vmm.Sharers;
import dev.cove.platform.Command;
import dev.cove.platform.Memfd;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A place to run real machines in: a data folder that other users may pass through, and a network
/// namespace that takes the taps along when it goes.
final class Bench {
    private static final Logger LOG = LoggerFactory.getLogger(Bench.class);
    static final int USER = 212_345;
    static final Bytes MEMORY = Bytes.mebibytes(256);
    private static final QemuVmm.Memory ROOM =
            new QemuVmm.Memory(Bytes.gibibytes(1), Bytes.mebibytes(256));
    private static final long BOOT_SECONDS = 90;

    private final Deque<Machine> machines = new ArrayDeque<>();
    private final Path folder;
    private final String namespace;
    private final TestGuest guest;
    private final QemuProgram program;
    private final Map<Board, Probing> probings = new EnumMap<>(Board.class);

    private Bench(Path folder, String namespace, TestGuest guest, List<String> words) {
        this.folder = folder;
        this.namespace = namespace;
        this.guest = guest;
        var line = new ArrayList<>(List.of("ip", "netns", "exec", namespace));
        line.addAll(words);
        this.program = new QemuProgram(line);
    }

    /// @param qemu the words that start QEMU, from the folder that it has to see under its name
    static Bench open(Function<Path, List<String>> qemu) throws IOException, InterruptedException {
        assumeTrue(Users.isRoot(), "needs root for taps and users");
        assumeTrue(
                Files.isExecutable(Path.of("/usr/bin/qemu-system-x86_64")),
                "needs QEMU: apt-get install --no-install-recommends qemu-system-x86");
        var folder = Files.createTempDirectory("cove");
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx--x--x"));
        var namespace = folder.getFileName().toString();
        Command.of("ip", "netns", "add", namespace).run().orThrow();
        var bench = new Bench(folder, namespace, TestGuest.in(folder), qemu.apply(folder));
        Files.createDirectories(bench.vms());
        Files.setPosixFilePermissions(bench.vms(), PosixFilePermissions.fromString("rwx--x--x"));
        return bench;
    }

    Path vms() {
        return folder.resolve("vms");
    }

    /// The same, but for what the host can do: that is tried once for all.
    QemuVmm vmm(Board board) {
        return new QemuVmm(
                program,
                vms(),
                probings.computeIfAbsent(board, b -> QemuVmm.probing(program, b, vms())),
                ROOM);
    }

    /// A driver as a fresh daemon would make it.
    QemuVmm untriedVmm() {
        return new QemuVmm(program.words(), Board.MICROVM, vms(), ROOM);
    }

    /// What a machine needs, made.
    Launch prepare() throws IOException, InterruptedException {
        return prepare(Sharers.NOBODY);
    }

    /// @param sharers who else is to have its memory
    Launch prepare(Sharers sharers) throws IOException, InterruptedException {
        var id = VmId.random(new SecureRandom());
        var tap = "cv-" + id.shortText();
        var user = String.valueOf(USER);
        Command.of("ip", "-n", namespace, "tuntap", "add", tap, "mode", "tap", "user", user)
                .run()
                .orThrow();
        var disk = folder.resolve(id + ".disk");
        try (var file = new RandomAccessFile(disk.toFile(), "rw")) {
            file.setLength(Bytes.mebibytes(128).count());
        }
        Files.setAttribute(disk, "unix:uid", USER);
        return new Launch(
                id,
                1,
                Files.createDirectories(vms().resolve(id.text())),
                1,
                MEMORY,
                disk,
                new BootFiles(guest.kernel(), guest.initramfs(), ""),
                new Tap(tap, new Mac("02:c0:0a:64:00:0a")),
                USER,
                sharers);
    }

    /// Where a snapshot is to go, in a folder that is the daemon's alone.
    Snapshots.Files files() throws IOException {
        var place = Files.createTempDirectory(folder, "snapshot");
        return new Snapshots.Files(
                place.resolve("state"), place.resolve("memory"), place.resolve("disk"));
    }

    Machine own(Machine machine) {
        machines.push(machine);
        return machine;
    }

    /// Which memory its process has been given, by a number.
    static Object memory(Machine machine) throws IOException {
        return Files.getAttribute(Memfd.ofProcess(machine.process().pid()), "unix:ino");
    }

    /// Ends what the last test has started.
    void calm() {
        while (!machines.isEmpty()) {
            machines.pop().kill(Duration.ofSeconds(10));
        }
    }

    /// Says words to a guest that is up, one after the other, and takes a line for each.
    ///
    /// @return the first line that it says, which is `up`, and the answers
    static List<String> talk(Machine machine, String... words) throws Exception {
        try (var channel = machine.openGuestChannel()) {
            var talk = new FutureTask<>(() -> talk(channel, words));
            Thread.ofVirtual().start(talk);
            return talk.get(BOOT_SECONDS, TimeUnit.SECONDS);
        }
    }

    /// Says words to a guest that somebody has talked to before, and may not notice that it is
    /// somebody else now.
    ///
    /// @return the answers
    static List<String> ask(Machine machine, String... words) throws Exception {
        try (var channel = machine.openGuestChannel()) {
            var talk = new FutureTask<>(() -> ask(channel, words));
            Thread.ofVirtual().start(talk);
            return talk.get(BOOT_SECONDS, TimeUnit.SECONDS);
        }
    }

    private static List<String> ask(SocketChannel channel, String... words) throws IOException {
        var lines = new Lines(channel, 4096);
        var token = "token " + System.nanoTime();
        say(channel, "say " + token);
        while (!token.equals(lines.next())) {
            LOG.trace("passed over what was meant for somebody else");
        }
        var said = new ArrayList<String>();
        for (var word : words) {
            say(channel, word);
            said.add(String.valueOf(lines.next()));
        }
        return said;
    }

    private static void say(SocketChannel channel, String word) throws IOException {
        channel.write(ByteBuffer.wrap((word + "\n").getBytes(StandardCharsets.UTF_8)));
    }

    private static List<String> talk(SocketChannel channel, String... words) throws IOException {
        var lines = new Lines(channel, 4096);
        var said = new ArrayList<String>();
        said.add(String.valueOf(lines.next()));
        for (var word : words) {
            say(channel, word);
            said.add(String.valueOf(lines.next()));
        }
        return said;
    }

    /// Says one word to which no answer comes; the channel stays open until the caller closes it.
    static SocketChannel tell(Machine machine, String word) throws IOException {
        var channel = machine.openGuestChannel();
        say(channel, word);
        return channel;
    }

    void clear() throws InterruptedException {
        calm();
        Command.of("ip", "netns", "del", namespace).run().orThrow();
        Command.of("rm", "-rf", folder.toString()).run().orThrow();
    }
}

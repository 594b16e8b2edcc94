package dev.cove.bench;

import dev.cove.client.CoveClient;
import dev.cove.client.Endpoint;
import dev.cove.core.CoveException;
import dev.cove.platform.Closer;
import dev.cove.platform.Command;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A daemon of the bench's own, in a process and a data folder of its own.
final class DaemonProcess implements AutoCloseable {
    private static final Duration START = Duration.ofMinutes(1);
    private static final Duration STOP = Duration.ofMinutes(1);
    private static final Duration SYNC = Duration.ofMinutes(2);

    private static final String TEMPORARY = "temporary";

    /// How `./cove` gives the daemon its options.
    private static final Pattern OPTIONS = Pattern.compile("(?m)^daemon_flags=\\((.*)\\)$");

    private final Path cove;
    private final Path data;
    private final Process process;

    private DaemonProcess(Path cove, Path data, Process process) {
        this.cove = cove;
        this.data = data;
        this.process = process;
    }

    /// The real one: `./cove daemon`.
    ///
    /// @param flags more than it needs
    static DaemonProcess real(Grounds grounds, String... flags)
            throws IOException, InterruptedException {
        var line = new ArrayList<>(List.of(grounds.cove().toString(), "daemon"));
        line.addAll(List.of(flags));
        return start(grounds, line);
    }

    /// The real one but for its machines, which pretend (`MachinelessDaemon`).
    static DaemonProcess machineless(Grounds grounds) throws IOException, InterruptedException {
        var line = new ArrayList<String>();
        line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        line.addAll(options(grounds.cove()));
        line.addAll(List.of("-cp", System.getProperty("java.class.path")));
        line.add(MachinelessDaemon.class.getName());
        return start(grounds, line);
    }

    private static List<String> options(Path cove) throws IOException {
        var options = OPTIONS.matcher(Files.readString(cove));
        if (!options.find()) {
            throw new IllegalStateException(cove + " has no daemon_flags=(...)");
        }
        return List.of(options.group(1).split(" "));
    }

    private static DaemonProcess start(Grounds grounds, List<String> program)
            throws IOException, InterruptedException {
        // VMMs run as users of their own, who have to get through.
        var data =
                Files.createTempDirectory(
                        grounds.scratch(),
                        "d",
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString("rwx--x--x")));
        var line = new ArrayList<>(program);
        line.addAll(
                List.of(
                        "--data",
                        data.toString(),
                        "--listen",
                        "none",
                        "--templates-make",
                        "manual"));
        line.addAll(List.of("--limits-vms", "2000"));
        try (var undo = new Closer()) {
            var daemon = undo.own(new DaemonProcess(grounds.cove(), data, run(line, data)));
            daemon.awaitAnswer();
            undo.release();
            return daemon;
        }
    }

    private static Process run(List<String> line, Path data) throws IOException {
        var temporary = Files.createDirectory(data.resolve(TEMPORARY)).toString();
        var log = data.resolve("daemon.log").toFile();
        var builder = new ProcessBuilder(line).redirectErrorStream(true).redirectOutput(log);
        // Of its own, so that what it leaves there is known to be its.
        builder.environment().put("TMPDIR", temporary);
        builder.environment().put("JAVA_TOOL_OPTIONS", "-Djava.io.tmpdir=" + temporary);
        return builder.start();
    }

    private void awaitAnswer() throws IOException, InterruptedException {
        var deadline = System.nanoTime() + START.toNanos();
        while (true) {
            try {
                client().version();
                return;
            } catch (CoveException e) {
                if (!process.isAlive() || System.nanoTime() > deadline) {
                    throw new IllegalStateException("the daemon did not come up: " + log(), e);
                }
                Thread.sleep(100);
            }
        }
    }

    private String log() throws IOException {
        return Files.readString(data.resolve("daemon.log"));
    }

    CoveClient client() {
        return new CoveClient(Endpoint.parse(address()), Optional.empty());
    }

    /// What `COVE_HOST` has to be.
    String address() {
        return "unix://" + socket();
    }

    Path socket() {
        return data.resolve("cove.sock");
    }

    Path data() {
        return data;
    }

    List<String> command(String... words) {
        return Stream.concat(Stream.of(cove.toString()), Stream.of(words)).toList();
    }

    /// What it holds of the machine right now.
    ///
    /// @param kibibytes resident
    /// @param taps, mounts, processes of the whole namespace
    /// @param files in its data folder, its pool and its folder for temporary files
    record Holdings(
            long kibibytes,
            long threads,
            long descriptors,
            long taps,
            long mounts,
            long processes,
            long files) {}

    Holdings holdings() throws IOException {
        var proc = Path.of("/proc", Long.toString(process.pid()));
        return new Holdings(
                status(proc, "VmRSS:"),
                status(proc, "Threads:"),
                entries(proc.resolve("fd")).size(),
                entries(Path.of("/sys/class/net")).stream()
                        .filter(f -> f.getFileName().toString().startsWith("cv-"))
                        .count(),
                Files.readAllLines(proc.resolve("mountinfo")).size(),
                entries(Path.of("/proc")).stream()
                        .filter(f -> f.getFileName().toString().matches("[0-9]+"))
                        .count(),
                files());
    }

    private long files() throws IOException {
        var count = new AtomicLong();
        Files.walkFileTree(
                data,
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                        count.incrementAndGet();
                        return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult visitFileFailed(Path file, IOException e) {
                        return FileVisitResult.CONTINUE; // it has just gone
                    }

                    @Override
                    public FileVisitResult postVisitDirectory(
                            Path folder, @Nullable IOException e) {
                        count.incrementAndGet();
                        return FileVisitResult.CONTINUE;
                    }
                });
        return count.get();
    }

    /// What of the pool's file system is in use, when all is written that is under way. Blocks that
    /// files share count once.
    long poolBytes() throws IOException, InterruptedException {
        var pool = data.resolve("pool");
        Command.of("sync", "--file-system", pool.toString()).within(SYNC).run().orThrow();
        var store = Files.getFileStore(pool);
        return store.getTotalSpace() - store.getUnallocatedSpace();
    }

    private static long status(Path proc, String field) throws IOException {
        return Files.readAllLines(proc.resolve("status")).stream()
                .filter(line -> line.startsWith(field))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElseThrow();
    }

    private static List<Path> entries(Path folder) throws IOException {
        try (var all = Files.list(folder)) {
            return all.toList();
        }
    }

    /// Ends it and its VMs, which would keep the processors of the next section busy, and gives its
    /// data folder back.
    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(STOP.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
            ProcessHandle.allProcesses()
                    .filter(this::isOurs)
                    .forEach(ProcessHandle::destroyForcibly);
            Command.of("umount", "--lazy", data.resolve("pool").toString()).run();
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    /// A VMM names its VM's folder in its arguments.
    private boolean isOurs(ProcessHandle candidate) {
        return candidate
                .info()
                .commandLine()
                .filter(line -> line.contains(data.toString()))
                .isPresent();
    }
}

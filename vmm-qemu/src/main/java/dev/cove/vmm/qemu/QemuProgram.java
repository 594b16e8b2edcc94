package dev.cove.vmm.qemu;

import dev.cove.core.Accelerator;
import dev.cove.core.Printable;
import dev.cove.platform.Command;
import dev.cove.platform.CommandException;
import dev.cove.platform.Detached;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// QEMU as it is installed here, asked and tried.
///
/// @param words the program, with words in front that run with our privileges, such as `chroot
///   /somewhere`: there QEMU has to find the data folder, `/dev` and `setpriv` under the same paths
record QemuProgram(List<String> words) {
    private static final Pattern VERSION = Pattern.compile("version (\\d+\\.\\d+(\\.\\d+)?)");
    private static final Duration ANSWER_WITHIN = Duration.ofSeconds(10);
    private static final List<String> PLACES = List.of("/usr/sbin", "/usr/bin", "/sbin", "/bin");

    QemuProgram {
        if (words.isEmpty()) {
            throw new IllegalArgumentException("QEMU needs a program");
        }
        words = List.copyOf(words);
    }

    List<String> wrapper() {
        return words.subList(0, words.size() - 1);
    }

    String name() {
        return words.getLast();
    }

    /// By what this one is known from another that takes its place, as when it is upgraded: file,
    /// size and time. One that is elsewhere behind words in front is taken for the same always.
    String stamp() {
        var places =
                name().contains("/")
                        ? Stream.of(Path.of(name()))
                        : PLACES.stream().map(place -> Path.of(place, name()));
        return places.filter(Files::isRegularFile).findFirst().map(QemuProgram::stamp).orElse("");
    }

    private static String stamp(Path program) {
        try {
            var file = Files.readAttributes(program, BasicFileAttributes.class);
            return file.fileKey() + " " + file.size() + " " + file.lastModifiedTime();
        } catch (IOException e) {
            return ""; // it is being replaced
        }
    }

    /// @return `7.2.22`
    /// @throws CommandException when it is not there
    String version() throws InterruptedException {
        var said = ask("--version");
        var version = VERSION.matcher(said);
        if (!version.find()) {
            throw new CommandException(Command.of(words), "it tells no version");
        }
        return version.group(1);
    }

    boolean hasMicrovm() throws InterruptedException {
        return ask("-machine", "help").lines().anyMatch(line -> line.startsWith("microvm"));
    }

    /// Has a guest run a little firmware, for there are machines where `/dev/kvm` opens, makes a VM
    /// and never runs it.
    ///
    /// @param user as whom; empty for ourselves
    /// @param folder where a file may be for a moment, readable for others
    /// @param limit for all of it: QEMU's own start, and the guest's counting
    Trial attempt(
            Accelerator accelerator, Optional<Detached.User> user, Path folder, Duration limit)
            throws InterruptedException {
        var firmware = folder.resolve("trial-" + accelerator + "-" + ProcessHandle.current().pid());
        var begun = System.nanoTime();
        try {
            writeFirmware(folder, firmware);
            var result = trial(accelerator, user, firmware).within(limit).run();
            return judge(result, Duration.ofNanos(System.nanoTime() - begun));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + firmware, e);
        } catch (CommandException e) {
            return e.isLate()
                    ? new Trial.Stuck(limit)
                    : new Trial.Ended(String.valueOf(e.getMessage()));
        } finally {
            delete(firmware);
        }
    }

    /// How it went.
    sealed interface Trial {
        /// @param took from QEMU's start to its end
        record Ran(Duration took) implements Trial {}

        /// @param says QEMU's own words
        record Ended(String says) implements Trial {}

        record Stuck(Duration limit) implements Trial {}
    }

    private static Trial judge(Command.Result result, Duration took) {
        if (result.exit() == TrialFirmware.RAN) {
            return new Trial.Ran(took);
        }
        var words = (result.err() + result.out()).strip().lines().limit(3).toList();
        return new Trial.Ended(
                Printable.of("exit " + result.exit() + ": " + String.join("; ", words), 300));
    }

    private Command trial(Accelerator accelerator, Optional<Detached.User> user, Path firmware) {
        var line = new ArrayList<>(wrapper());
        line.add("setpriv");
        user.ifPresent(u -> line.addAll(u.words()));
        line.addAll(List.of("--no-new-privs", "--", name(), "-nodefaults", "-no-user-config"));
        line.addAll(List.of("-display", "none", "-machine", "q35"));
        line.addAll(List.of("-accel", accelerator.toString()));
        line.addAll(List.of("-cpu", accelerator == Accelerator.TCG ? "max" : "host"));
        line.addAll(List.of("-m", "16M", "-bios", firmware.toString()));
        line.addAll(List.of("-device", "isa-debug-exit,iobase=0xf4,iosize=4"));
        return Command.of(line);
    }

    private static void writeFirmware(Path folder, Path file) throws IOException {
        Files.createDirectories(folder);
        Files.deleteIfExists(file);
        Files.createFile(file);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        Files.write(file, TrialFirmware.image());
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot delete " + file, e);
        }
    }

    private String ask(String... question) throws InterruptedException {
        var line = new ArrayList<>(words);
        line.addAll(List.of(question));
        return Command.of(line).within(ANSWER_WITHIN).run().orThrow();
    }
}

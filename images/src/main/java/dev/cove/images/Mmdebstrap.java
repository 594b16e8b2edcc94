package dev.cove.images;

import dev.cove.core.CoveException;
import dev.cove.core.Printable;
import dev.cove.platform.Command;
import dev.cove.platform.CommandException;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;

/// Makes a Debian root with `mmdebstrap` (checked with 1.3.5 and 1.5.7), in namespaces of its own,
/// so that whatever it mounted or started goes with it, even when it is killed.
final class Mmdebstrap {
    private static final Duration LIMIT = Duration.ofMinutes(30);
    private static final String NOTE = "I: ";
    private static final int LONGEST_WORDS = 1000;

    private final Mirrors mirrors;

    Mmdebstrap(Mirrors mirrors) {
        this.mirrors = mirrors;
    }

    /// Makes a root and fetches a kernel for it.
    ///
    /// @param work an empty folder; afterwards it has `root`, the image's root, and `kernel`, the
    ///   content of the suite's kernel and BusyBox packages
    /// @throws CoveException UNAVAILABLE with the program's own words
    void make(Recipe recipe, Path work, Consumer<String> progress)
            throws IOException, InterruptedException {
        writeFiles(recipe, work.resolve("files"));
        Files.writeString(work.resolve("commands"), String.join("\n", recipe.commands()) + "\n");
        Files.createDirectory(work.resolve("packages"));
        var options = new ArrayList<>(List.of("--variant=minbase", "--format=directory"));
        options.add("--include=" + String.join(",", recipe.packages()));
        // The kernel first: its hook wants apt's settings as the host has them.
        options.add("--customize-hook=" + hook("kernel-hook", work));
        options.add("--customize-hook=" + hook("customize-hook", work));
        run(recipe.suite(), options, work.resolve("root"), work, progress);
        unpackPackages(work);
    }

    /// Only the second half of that: `kernel`.
    void fetchKernel(String suite, Path work, Consumer<String> progress)
            throws IOException, InterruptedException {
        Files.createDirectory(work.resolve("packages"));
        var options = new ArrayList<>(List.of("--variant=extract", "--format=null"));
        options.add("--include=base-files");
        options.add("--extract-hook=" + hook("kernel-hook", work));
        run(suite, options, Path.of("/dev/null"), work, progress);
        unpackPackages(work);
    }

    private void run(
            String suite, List<String> options, Path target, Path work, Consumer<String> progress)
            throws InterruptedException {
        var line =
                new ArrayList<>(
                        List.of("unshare", "--mount", "--pid", "--fork", "--kill-child", "--"));
        line.addAll(List.of("mmdebstrap", "--mode=root"));
        line.addAll(options);
        mirrors.proxies().forEach(proxy -> line.add("--aptopt=" + proxy));
        line.addAll(List.of("--", suite, target.toString()));
        line.addAll(mirrors.sources(suite));
        var command = Command.of(line).within(LIMIT);
        var result =
                start(
                        command.with(Leftovers.VARIABLE, work.toString())
                                .with("TMPDIR", work.toString()),
                        progress);
        if (result.exit() != 0) {
            throw CoveException.unavailable(
                    "mmdebstrap failed: "
                            + lastWords(result.err())
                            + "; are "
                            + mirrors.debian()
                            + " and its suite "
                            + suite
                            + " within reach?");
        }
    }

    private static Command.Result start(Command command, Consumer<String> progress)
            throws InterruptedException {
        try {
            return command.run(line -> tell(line, progress));
        } catch (CommandException e) {
            throw CoveException.unavailable(
                    "mmdebstrap did not run: "
                            + e.getMessage()
                            + "; if it is missing: apt-get install mmdebstrap",
                    e);
        }
    }

    private static void tell(String line, Consumer<String> progress) {
        if (line.startsWith(NOTE + "running --")) {
            progress.accept("adding the kernel, and the recipe's own files and commands");
        } else if (line.startsWith(NOTE)) {
            progress.accept(line.substring(NOTE.length()));
        }
    }

    private static String lastWords(String err) {
        var lines = err.lines().filter(l -> !l.startsWith(NOTE) && !l.isBlank()).toList();
        var last = lines.subList(Math.max(0, lines.size() - 4), lines.size());
        return Printable.of(String.join("; ", last), LONGEST_WORDS);
    }

    private static Path hook(String name, Path work) throws IOException {
        var hook = work.resolve(name);
        try (var in = Objects.requireNonNull(Mmdebstrap.class.getResourceAsStream(name))) {
            Files.copy(in, hook);
        }
        Files.setPosixFilePermissions(
                hook,
                EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_EXECUTE));
        return hook;
    }

    private static void writeFiles(Recipe recipe, Path folder) throws IOException {
        Files.createDirectory(folder);
        for (var file : recipe.files()) {
            var target = folder.resolve(file.path().substring(1));
            try {
                Files.createDirectories(Objects.requireNonNull(target.getParent()));
                Files.writeString(target, file.content(), StandardOpenOption.CREATE_NEW);
            } catch (FileAlreadyExistsException e) {
                throw CoveException.invalid(
                        "the recipe has " + file.path() + " twice, or a file as its folder, too");
            }
            Files.setAttribute(target, "unix:mode", file.mode());
        }
    }

    private static void unpackPackages(Path work) throws IOException, InterruptedException {
        var kernel = Files.createDirectory(work.resolve("kernel"));
        try (var packages = Files.newDirectoryStream(work.resolve("packages"), "*.deb")) {
            for (var file : packages) {
                Command.of("dpkg-deb", "-x", file.toString(), kernel.toString())
                        .with(Leftovers.VARIABLE, work.toString())
                        .within(Duration.ofMinutes(2))
                        .run()
                        .orThrow();
            }
        }
    }
}

package dev.cove.cli;

import dev.cove.client.Json;
import dev.cove.client.Transfers;
import dev.cove.core.CoveException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// `cove export`.
final class Export implements Verb {
    private static final String STREAM = "-";

    @Override
    public CommandSpec spec() {
        var spec =
                Options.spec(
                                "Write a VM into one file, to keep it or to carry it elsewhere.",
                                "It has the VM's disk, packed and with a checksum, and what it was made"
                                        + " like; with --running also its memory, and what it is doing"
                                        + " goes on where the file is imported. The VM goes on"
                                        + " meanwhile; a file of one that runs is as the VM was at one"
                                        + " moment. Secrets that are in it are in the file.")
                        .addPositional(Options.argument(0, "VM", "its name or id"))
                        .addPositional(Options.argument(1, "FILE", "- is standard output"))
                        .addOption(
                                Options.flag(
                                        "with what it is doing, of a VM that runs or sleeps",
                                        "--running"))
                        .addOption(Options.flag("overwrite the file", "-f", "--force"));
        return Options.examples(
                Options.withFormat(spec),
                "cove export web web.cove",
                "cove export --running web web.cove",
                "cove export web - | ssh other cove import -");
    }

    @Override
    public int run(ParseResult given, Surroundings here) throws IOException {
        var json = Options.wantsJson(given);
        var vm = Options.argument(given, 0);
        var file = Options.argument(given, 1);
        check(file, json, Options.flag(given, "--force"), here);
        var running = Options.flag(given, "--running");
        Transfers.Exported done;
        Meter meter;
        try (var progress = Progress.start(here, vm + ": taking it …", json, _ -> "");
                var exported = here.client().transfers().export(vm, running)) {
            meter = new Meter(here.clock(), said -> progress.say(vm + ": " + said));
            if (file.equals(STREAM)) {
                copy(vm, exported, meter, here.stdout());
                here.stdout().flush();
            } else {
                save(vm, exported, meter, Path.of(file));
            }
            done = exported;
        }
        tell(vm, file, done, meter, json, here);
        return 0;
    }

    private static void check(String file, boolean json, boolean force, Surroundings here) {
        if (file.equals(STREAM)) {
            if (here.isTerminal(1)) {
                throw CoveException.invalid(
                        "a VM is nothing for a terminal; give a file, or send standard output"
                                + " elsewhere");
            }
            if (json) {
                throw CoveException.invalid("--json and - both want standard output");
            }
            return;
        }
        var path = Path.of(file);
        if (Files.isDirectory(path)) {
            throw CoveException.invalid(file + " is a folder; give the name of a file in it");
        }
        if (Files.exists(path) && !force) {
            throw CoveException.invalid(file + " is here already; overwrite it with: -f");
        }
        var parent = path.toAbsolutePath().getParent();
        if (parent == null || !Files.isDirectory(parent)) {
            throw CoveException.invalid("there is no folder " + parent + " for " + file);
        }
    }

    /// What is half written has another name, and goes when this ends, whichever way. A device or a
    /// pipe is written to as it is.
    private static void save(String vm, Transfers.Exported exported, Meter meter, Path file)
            throws IOException {
        if (Files.exists(file) && !Files.isRegularFile(file)) {
            try (var out = Files.newOutputStream(file)) {
                copy(vm, exported, meter, out);
            }
            return;
        }
        var folder = java.util.Objects.requireNonNull(file.toAbsolutePath().getParent());
        // Nobody else may read it: a guest's secrets are in it.
        var half = Files.createTempFile(folder, "." + file.getFileName() + ".", ".half");
        half.toFile().deleteOnExit();
        try {
            try (var out = Files.newOutputStream(half)) {
                copy(vm, exported, meter, out);
            }
            Files.move(half, file, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(half);
        }
    }

    private static void copy(
            String vm, Transfers.Exported exported, Meter meter, OutputStream out) {
        try {
            exported.content().transferTo(meter.through(out));
        } catch (IOException e) {
            throw CoveException.unavailable(
                    "the export of VM \""
                            + vm
                            + "\" broke off after "
                            + Meter.size(meter.count())
                            + ": "
                            + e.getMessage()
                            + "; nothing of it was kept",
                    e);
        }
    }

    private static void tell(
            String vm,
            String file,
            Transfers.Exported exported,
            Meter meter,
            boolean json,
            Surroundings here) {
        if (json) {
            var told = Json.fields().put("vm", vm).put("file", file).put("bytes", meter.count());
            told.put("milliseconds", meter.took().toMillis());
            told.put("with_memory", exported.withMemory()).put("flushed", exported.flushed());
            here.stdout().println(told.build().pretty());
            return;
        }
        here.stderr().println(vm + ": " + account(exported, meter));
    }

    private static String account(Transfers.Exported exported, Meter meter) {
        var what = exported.withMemory() ? "memory and disk" : "its disk";
        return what
                + ", "
                + meter.account()
                + exported.standstill().map(ms -> ", after a pause of " + ms + " ms").orElse("")
                + (exported.flushed()
                        ? ""
                        : "; the guest's file systems were not flushed: its disk is as after a power"
                                + " cut");
    }
}

package dev.cove.cli;

import dev.cove.client.CoveClient.Upload;
import dev.cove.client.Transfers;
import dev.cove.client.VmInfo;
import dev.cove.core.CoveException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// `cove import`.
final class Import implements Verb {
    private static final String STREAM = "-";

    @Override
    public CommandSpec spec() {
        var spec =
                Options.spec(
                                "Make a VM of a file that cove export wrote.",
                                "It is yours, with an address and an identity of its own; keys that"
                                        + " could log in can still, and yours can, too. Prints its name"
                                        + " when a command has run in it.",
                                "If what it was doing is in the file, that goes on, which takes the"
                                        + " same QEMU and processor, and an administrator; --cold boots"
                                        + " its disk instead.",
                                "The image that it was made of has to be here, or another one with a"
                                        + " kernel that boots it.")
                        .addPositional(
                                Options.argument(
                                        0, "FILE", "that was exported; - is standard input"))
                        .addOption(
                                Options.value(
                                        "NAME",
                                        "what it is to be called (default: as it was)",
                                        "--name"))
                        .addOption(
                                Options.flag(
                                        "boot its disk, and leave out what it was doing", "--cold"))
                        .addOption(
                                Options.value(
                                        "IMAGE",
                                        "whose kernel boots it (default: that it was made of)",
                                        "--image"))
                        .addOption(
                                Options.value(
                                        "N", "virtual processors (default: as it had)", "--cpus"))
                        .addOption(Options.value("SIZE", "memory (default: as it had)", "--memory"))
                        .addOption(
                                Options.values(
                                        "FILE",
                                        "a public key that may log in; again for more",
                                        "--ssh-key"))
                        .addOption(Options.flag("return as soon as the file is read", "--no-wait"))
                        .addOption(Options.flag("print nothing but the name", "-q", "--quiet"));
        return Options.examples(
                Options.withFormat(spec),
                "cove import web.cove",
                "cove import --name web-2 --cold web.cove",
                "ssh other cove export web - | cove import -");
    }

    @Override
    public int run(ParseResult given, Surroundings here) {
        var json = Options.wantsJson(given);
        var file = Options.argument(given, 0);
        var path = file.equals(STREAM) ? Optional.<Path>empty() : Optional.of(readable(file));
        if (path.isEmpty() && here.isTerminal(0)) {
            throw CoveException.invalid("nobody types a VM; give a file, or pipe one in");
        }
        var wait = Options.flag(given, "--no-wait") ? Duration.ZERO : Outcome.PATIENCE;
        var quiet = json || Options.flag(given, "--quiet");
        var wish = wish(given, here);
        VmInfo vm;
        Meter meter;
        try (var progress =
                Progress.start(here, file + " …", quiet, Progress.steps(wish.name().orElse("")))) {
            meter = new Meter(here.clock(), said -> progress.say(file + ": " + said));
            vm = send(wish, path, meter, wait, here);
        }
        if (!wait.isZero()) {
            var _ = Outcome.expect(vm, "running");
            Outcome.warn(vm, here);
        }
        print(vm, meter, json, quiet, here);
        if (!quiet) {
            new Keys(here).warn(Create.keyFiles(given));
        }
        return 0;
    }

    private static Path readable(String file) {
        var path = Path.of(file);
        if (Files.isDirectory(path)) {
            throw CoveException.invalid(file + " is a folder; give a file that cove export wrote");
        }
        if (!Files.exists(path)) {
            throw CoveException.invalid("there is no file " + file);
        }
        if (!Files.isReadable(path)) {
            throw CoveException.invalid("you may not read " + file);
        }
        return path;
    }

    private static Transfers.Wish wish(ParseResult given, Surroundings here) {
        return new Transfers.Wish(
                Options.text(given, "--name"),
                Options.text(given, "--image"),
                Options.cpus(given),
                Options.size(given, "--memory"),
                new Keys(here).forCreation(Create.keyFiles(given)),
                Options.flag(given, "--cold"));
    }

    private static VmInfo send(
            Transfers.Wish wish,
            Optional<Path> path,
            Meter meter,
            Duration wait,
            Surroundings here) {
        var transfers = here.client().transfers();
        if (path.isEmpty()) {
            Upload input = out -> here.stdin().transferTo(meter.through(out));
            return transfers.take(wish, -1, input, wait);
        }
        try {
            var length = Files.isRegularFile(path.get()) ? Files.size(path.get()) : -1;
            Upload content = out -> Files.copy(path.get(), meter.through(out));
            return transfers.take(wish, length, content, wait);
        } catch (IOException e) {
            throw CoveException.invalid("the file " + path.get() + " cannot be read: " + e);
        }
    }

    private static void print(
            VmInfo vm, Meter meter, boolean json, boolean quiet, Surroundings here) {
        if (json) {
            here.stdout().println(vm.source().pretty());
            return;
        }
        here.stdout().println(vm.name());
        here.stdout().flush();
        if (!quiet) {
            var state = vm.state().equals("running") ? "ready" : vm.state();
            here.stderr()
                    .println(
                            Meter.size(meter.count())
                                    + " read, and "
                                    + Outcome.reached(state, vm, meter.took())
                                    + "; get in with: cove ssh "
                                    + vm.name());
        }
    }
}

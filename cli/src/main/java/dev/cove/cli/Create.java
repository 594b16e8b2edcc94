package dev.cove.cli;

import dev.cove.client.Creation;
import dev.cove.client.VmInfo;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// `cove create`.
final class Create implements Verb {
    @Override
    public CommandSpec spec() {
        var spec =
                Options.spec(
                        "Make a VM, and return when a command has run in it over SSH.",
                        "Prints the VM's name. Your public keys (~/.ssh/id_ed25519.pub, id_ecdsa.pub,"
                                + " id_rsa.pub, or those given by --ssh-key) may log in; `cove ssh`"
                                + " has a key of its own.");
        spec.addPositional(
                        Options.optionalArgument(
                                0, "NAME", "1 to 63 of a-z, 0-9 and - (default: a random one)"))
                .addOption(
                        Options.value("IMAGE", "what is on its disk (default: debian)", "--image"))
                .addOption(Options.value("N", "virtual processors (default: 1)", "--cpus"))
                .addOption(Options.value("SIZE", "memory (default: 512M)", "--memory"))
                .addOption(Options.value("SIZE", "disk (default: 4G)", "--disk"))
                .addOption(Options.value("VMM", "qemu, or auto for what works best here", "--vmm"))
                .addOption(
                        Options.values(
                                "FILE",
                                "a public key that may log in; again for more",
                                "--ssh-key"))
                .addOption(Options.values("KEY=VALUE", "a label; again for more", "-l", "--label"))
                .addOption(
                        Options.value(
                                "VM/SNAPSHOT",
                                "go on from a snapshot, with its image, CPUs and memory",
                                "--from"))
                .addOption(
                        Options.value(
                                "TIME",
                                "put it to sleep when nobody uses it for so long, as 10m",
                                "--sleep-after"))
                .addOption(
                        Options.flag(
                                "boot it, even where a template, or a snapshot's memory, is faster",
                                "--cold"))
                .addOption(Options.flag("make it, but do not start it", "--no-start"))
                .addOption(Options.flag("return at once", "--no-wait"))
                .addOption(Options.flag("print nothing but the name", "-q", "--quiet"));
        return Options.examples(
                Options.withFormat(spec),
                "cove create web",
                "cove create --cpus 2 --memory 1G --disk 10G --label job=ci build-1",
                "cove create web-3 --from web/before-upgrade",
                "cove create web-4 --from web/before-upgrade --cold",
                "name=$(cove create -q) && cove ssh $name");
    }

    @Override
    public int run(ParseResult given, Surroundings here) {
        var json = Options.wantsJson(given);
        var creation = creation(given, here);
        var wait =
                Options.flag(given, "--no-wait") || Options.flag(given, "--no-start")
                        ? Duration.ZERO
                        : Outcome.PATIENCE;
        var quiet = json || Options.flag(given, "--quiet");
        var started = here.clock().instant();
        var name = creation.name().orElse("");
        VmInfo vm;
        try (var _ =
                Progress.start(here, name + " …", quiet || wait.isZero(), Progress.steps(name))) {
            vm = here.client().create(creation, wait);
        }
        if (!wait.isZero()) {
            var _ = Outcome.expect(vm, "running");
            Outcome.warn(vm, here);
        }
        var took = Duration.between(started, here.clock().instant());
        print(vm, took, json, quiet || wait.isZero(), here);
        if (!quiet) {
            new Keys(here).warn(keyFiles(given));
        }
        return 0;
    }

    private static void print(
            VmInfo vm, Duration took, boolean json, boolean quiet, Surroundings here) {
        if (json) {
            here.stdout().println(vm.source().pretty());
            return;
        }
        here.stdout().println(vm.name());
        here.stdout().flush();
        if (!quiet) {
            here.stderr()
                    .println(
                            Outcome.reached("ready", vm, took)
                                    + "; get in with: cove ssh "
                                    + vm.name());
        }
    }

    private static Creation creation(ParseResult given, Surroundings here) {
        var name = Options.argument(given, 0);
        var labels = Options.pairs(given, "--label");
        return new Creation(
                name.isEmpty() ? Optional.empty() : Optional.of(name),
                Options.text(given, "--image"),
                Options.cpus(given),
                Options.size(given, "--memory"),
                Options.size(given, "--disk"),
                Options.text(given, "--vmm").filter(v -> !v.equals("auto")),
                new Keys(here).forCreation(keyFiles(given)),
                labels,
                Options.flag(given, "--cold"),
                !Options.flag(given, "--no-start"),
                Options.text(given, "--sleep-after"),
                Options.text(given, "--from"));
    }

    static List<Path> keyFiles(ParseResult given) {
        return Options.texts(given, "--ssh-key").stream().map(Path::of).toList();
    }
}

package dev.cove.cli;

import dev.cove.client.Json;
import dev.cove.client.VmInfo;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// `cove snapshot …`.
final class Snapshots {
    private Snapshots() {}

    private static CommandSpec ofVm(CommandSpec spec) {
        return spec.addPositional(Options.argument(0, "VM", "its name or id"));
    }

    /// `cove snapshot create`.
    static final class Create implements Verb {
        @Override
        public CommandSpec spec() {
            return Options.examples(
                    Options.withFormat(
                            ofVm(Options.spec(
                                            "Take a snapshot of a VM, and print its name.",
                                            "Of a VM that runs it has memory and disk, as they were at"
                                                    + " one moment; the VM goes on after a pause of"
                                                    + " milliseconds. Of a stopped one it has the disk."))
                                    .addPositional(
                                            Options.optionalArgument(
                                                    1,
                                                    "NAME",
                                                    "of the snapshot (default: s and the time)"))),
                    "cove snapshot create web",
                    "cove snapshot create web before-upgrade");
        }

        @Override
        public int run(ParseResult given, Surroundings here) {
            var json = Options.wantsJson(given);
            var vm = Options.argument(given, 0);
            var name = Options.argument(given, 1);
            Json taken;
            try (var _ = Progress.start(here, vm + ": taking a snapshot …", json, _ -> "")) {
                taken =
                        here.client()
                                .copies()
                                .takeSnapshot(
                                        vm, name.isEmpty() ? Optional.empty() : Optional.of(name));
            }
            here.stdout().println(json ? taken.pretty() : taken.at("name").text(""));
            here.stdout().flush();
            if (!json) {
                here.stderr().println(vm + ": " + account(taken));
            }
            return 0;
        }

        /// What was taken, and what that is worth.
        private static String account(Json taken) {
            var size = Sizes.of(taken.at("size"));
            if (!taken.at("with_memory").flag()) {
                return "the disk of a stopped VM, " + size;
            }
            var paused = taken.at("standstill_ms").decimal(0);
            return String.format(
                            Locale.ROOT,
                            "memory and disk, %s, after a pause of %.1f ms; ",
                            size,
                            paused)
                    + (taken.at("flushed").flag()
                            ? "the guest's file systems were flushed"
                            : "the guest's file systems were not flushed: its disk alone is as after a"
                                    + " power cut");
        }
    }

    /// `cove snapshot ls`.
    static final class List implements Verb {
        @Override
        public CommandSpec spec() {
            return Options.examples(
                    Options.withFormat(
                            ofVm(Options.spec(
                                            "List the snapshots of a VM, the oldest first.",
                                            "HOLDS is memory (and disk) or disk; FLUSHED says whether the"
                                                    + " guest had written everything to its disk."))
                                    .addOption(Options.flag("names only", "-q", "--quiet"))),
                    "cove snapshot ls web");
        }

        @Override
        public int run(ParseResult given, Surroundings here) {
            var json = Options.wantsJson(given);
            var snapshots = here.client().copies().snapshots(Options.argument(given, 0));
            if (json) {
                here.stdout().println(snapshots.pretty());
                return 0;
            }
            if (Options.flag(given, "--quiet")) {
                snapshots.items().forEach(s -> here.stdout().println(s.at("name").text("")));
                return 0;
            }
            var table = new Table("NAME", "HOLDS", "FLUSHED", "SIZE", "FITS", "CREATED");
            for (var snapshot : snapshots.items()) {
                var withMemory = snapshot.at("with_memory").flag();
                table.row(
                        snapshot.at("name").text(""),
                        withMemory ? "memory" : "disk",
                        yes(!withMemory || snapshot.at("flushed").flag()),
                        Sizes.of(snapshot.at("size")),
                        yes(snapshot.at("fits").flag()),
                        age(snapshot, here).orElse(""));
            }
            table.print(here.stdout());
            return 0;
        }
    }

    static String yes(boolean so) {
        return so ? "yes" : "no";
    }

    static Optional<String> age(Json created, Surroundings here) {
        return created.at("created")
                .text()
                .map(t -> Ages.of(Instant.parse(t), here.clock().instant()));
    }

    /// `cove snapshot restore`.
    static final class Restore implements Verb {
        @Override
        public CommandSpec spec() {
            return Options.examples(
                    Options.withFormat(
                            ofVm(Options.spec(
                                            "Make a VM what it was when a snapshot was taken.",
                                            "What it is now is lost. It runs afterwards, also one that was"
                                                    + " stopped or asleep; of a snapshot of a disk only,"
                                                    + " that disk boots. Returns when it can be used; it"
                                                    + " keeps its name and address, and the snapshot"
                                                    + " stays."))
                                    .addPositional(Options.argument(1, "NAME", "of the snapshot"))
                                    .addOption(
                                            Options.flag(
                                                    "boot the snapshot's disk, and leave its memory out",
                                                    "--cold"))
                                    .addOption(Options.flag("return at once", "--no-wait"))),
                    "cove snapshot restore web before-upgrade",
                    "cove snapshot restore --cold web before-upgrade");
        }

        @Override
        public int run(ParseResult given, Surroundings here) {
            var json = Options.wantsJson(given);
            var name = Options.argument(given, 0);
            var wait = Options.flag(given, "--no-wait") ? Duration.ZERO : Outcome.PATIENCE;
            var quiet = json || wait.isZero();
            var copies = here.client().copies();
            var started = here.clock().instant();
            VmInfo vm;
            try (var _ = Progress.start(here, name + " …", quiet, Progress.steps(name))) {
                vm =
                        copies.restore(
                                name,
                                Options.argument(given, 1),
                                Options.flag(given, "--cold"),
                                wait);
            }
            if (!wait.isZero()) {
                var _ = Outcome.expect(vm, "running");
            }
            here.stdout().println(json ? vm.source().pretty() : vm.name());
            here.stdout().flush();
            if (!quiet) {
                var took = Duration.between(started, here.clock().instant());
                here.stderr().println(vm.name() + ": " + Outcome.reached("ready", vm, took));
            }
            return 0;
        }
    }

    /// `cove snapshot rm`.
    static final class Remove implements Verb {
        @Override
        public CommandSpec spec() {
            return Options.examples(
                    Options.withFormat(
                            ofVm(Options.spec(
                                            "Delete snapshots of a VM. What was made of them stays."))
                                    .addPositional(
                                            Options.arguments(1, "NAME", "1..*", "of snapshots"))),
                    "cove snapshot rm web before-upgrade");
        }

        @Override
        public int run(ParseResult given, Surroundings here) throws InterruptedException {
            var copies = here.client().copies();
            var vm = Options.argument(given, 0);
            return Each.of(
                    Options.arguments(given, 1),
                    here,
                    Options.wantsJson(given),
                    name -> {
                        copies.removeSnapshot(vm, name);
                        return Each.Said.line(name);
                    });
        }
    }
}

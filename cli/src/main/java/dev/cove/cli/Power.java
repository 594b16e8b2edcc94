package dev.cove.cli;

import dev.cove.client.PowerChange;
import dev.cove.client.VmInfo;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// `cove start`, `stop`, `restart` and `wake`.
final class Power implements Verb {
    private final PowerChange.Verb verb;
    private final String summary;

    private Power(PowerChange.Verb verb, String summary) {
        this.verb = verb;
        this.summary = summary;
    }

    static Power start() {
        return new Power(PowerChange.Verb.START, "Start VMs, and return when they can be used.");
    }

    static Power stop() {
        return new Power(
                PowerChange.Verb.STOP,
                "Ask the guests to shut down, wait, and kill those that do not.");
    }

    static Power restart() {
        return new Power(
                PowerChange.Verb.RESTART,
                "Shut VMs down and start them; return when they can be used again.");
    }

    static Power wake() {
        return new Power(
                PowerChange.Verb.WAKE,
                "Wake VMs that sleep: they go on from where they were. Return when they can be used.");
    }

    /// Whether guests are asked to shut down by it.
    private boolean shutsDown() {
        return switch (verb) {
            case STOP, RESTART -> true;
            case START, SLEEP, WAKE -> false;
        };
    }

    @Override
    public CommandSpec spec() {
        var spec = Each.withVms(Options.spec(summary));
        if (verb == PowerChange.Verb.START) {
            spec.addOption(
                    Options.flag(
                            "boot those that sleep; what they had in memory is lost", "--cold"));
        }
        if (shutsDown()) {
            spec.addOption(
                            Options.value(
                                    "TIME",
                                    "how long a guest may take (default: 10s)",
                                    "-t",
                                    "--time"))
                    .addOption(Options.flag("kill at once", "-f", "--force"));
        }
        spec.addOption(Options.flag("return at once", "--no-wait"));
        return Options.examples(
                Options.withFormat(spec),
                "cove " + verb + " web",
                "cove " + verb + " web-1 web-2",
                "cove "
                        + verb
                        + switch (verb) {
                            case STOP, RESTART -> " -t 1m db";
                            case START -> " --cold web";
                            case SLEEP, WAKE -> " --label job=ci";
                        });
    }

    @Override
    public int run(ParseResult given, Surroundings here) throws InterruptedException {
        var change =
                new PowerChange(
                        verb,
                        shutsDown() ? Options.duration(given, "--time") : Optional.empty(),
                        shutsDown() && Options.flag(given, "--force"),
                        verb == PowerChange.Verb.START && Options.flag(given, "--cold"),
                        Options.flag(given, "--no-wait") ? Duration.ZERO : Outcome.PATIENCE);
        return change(change, given, here);
    }

    /// Asks it of the VMs that were named or have the labels, and says how that went.
    static int change(PowerChange change, ParseResult given, Surroundings here)
            throws InterruptedException {
        var json = Options.wantsJson(given);
        var quiet = json || change.patience().isZero();
        return Each.vm(
                given,
                here,
                " …",
                quiet,
                name -> {
                    if (!quiet) {
                        return told(change, name, here);
                    }
                    var vm = changed(change, name, here);
                    return Each.Said.line(json ? vm.source().toString() : vm.name());
                });
    }

    private static VmInfo changed(PowerChange change, String name, Surroundings here) {
        var vm = here.client().change(name, change);
        return change.patience().isZero() ? vm : Outcome.expect(vm, wanted(change));
    }

    private static Each.Said told(PowerChange change, String name, Surroundings here) {
        var before = here.client().vm(name).state();
        var started = here.clock().instant();
        var vm = changed(change, name, here);
        var took = Duration.between(started, here.clock().instant());
        return new Each.Said(vm.name(), List.of(account(change, before, vm, took)));
    }

    private static String wanted(PowerChange change) {
        return switch (change.verb()) {
            case START, RESTART, WAKE -> "running";
            case STOP -> "stopped";
            case SLEEP -> "asleep";
        };
    }

    /// What was done to a VM that has become what was wanted.
    private static String account(PowerChange change, String before, VmInfo vm, Duration took) {
        var already = before.equals(vm.state());
        var after = " after " + Outcome.seconds(took);
        return vm.name()
                + switch (change.verb()) {
                    case STOP -> already ? " is stopped already" : ": stopped" + after;
                    case SLEEP -> already ? " sleeps already" : ": asleep" + after + kept(vm);
                    case RESTART -> ": " + Outcome.reached("ready", vm, took);
                    case START, WAKE ->
                            already
                                    ? " runs already"
                                    : before.equals("asleep") && !change.cold()
                                            ? ": awake" + after
                                            : ": " + Outcome.reached("ready", vm, took);
                };
    }

    private static String kept(VmInfo vm) {
        var size = vm.source().at("sleeping").at("size");
        return size.number(0) > 0 ? ", " + Sizes.of(size) + " of memory on disk" : "";
    }
}

package dev.cove.cli;

import dev.cove.client.PowerChange;
import java.time.Duration;
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
                shutsDown() ? "cove " + verb + " -t 1m db" : "cove " + verb + " --label job=ci");
    }

    @Override
    public int run(ParseResult given, Surroundings here) throws InterruptedException {
        var json = Options.wantsJson(given);
        var change =
                new PowerChange(
                        verb,
                        shutsDown() ? Options.duration(given, "--time") : Optional.empty(),
                        shutsDown() && Options.flag(given, "--force"),
                        verb == PowerChange.Verb.START && Options.flag(given, "--cold"),
                        Options.flag(given, "--no-wait") ? Duration.ZERO : Outcome.PATIENCE);
        var names = Each.vms(given, here);
        var client = here.client();
        try (var _ = Progress.of(names, " …", json || change.patience().isZero(), here)) {
            return Each.of(
                    names,
                    here,
                    json,
                    name -> {
                        var vm = client.change(name, change);
                        if (!change.patience().isZero()) {
                            var _ = Outcome.expect(vm, wanted());
                        }
                        print(json ? vm.source().toString() : vm.name(), here);
                    });
        }
    }

    private String wanted() {
        return verb == PowerChange.Verb.STOP ? "stopped" : "running";
    }

    static void print(String line, Surroundings here) {
        synchronized (here.stdout()) {
            here.stdout().println(line);
            here.stdout().flush();
        }
    }
}

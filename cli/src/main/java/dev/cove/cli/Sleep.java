package dev.cove.cli;

import dev.cove.client.PowerChange;
import dev.cove.core.Durations;
import java.time.Duration;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// `cove sleep`.
final class Sleep implements Verb {
    @Override
    public CommandSpec spec() {
        var spec =
                Each.withVms(
                        Options.spec(
                                "Put VMs to sleep: memory to disk, no process. They keep name and"
                                        + " address, and take nothing but disk.",
                                "With --after it sets when a VM is put to sleep by itself, and leaves it"
                                        + " as it is now: when for so long no command, login, copy, tunnel"
                                        + " or console went to it through the daemon, and it computed"
                                        + " next to nothing. Wake them with: cove wake"));
        spec.addOption(
                        Options.value(
                                "TIME",
                                "not now, but when nobody uses it for so long; or never",
                                "--after"))
                .addOption(Options.flag("return at once", "--no-wait"));
        return Options.examples(
                Options.withFormat(spec),
                "cove sleep web",
                "cove sleep --label job=ci",
                "cove sleep --after 10m web",
                "cove sleep --after never web");
    }

    @Override
    public int run(ParseResult given, Surroundings here) throws InterruptedException {
        var after = Options.text(given, "--after");
        return after.isPresent() ? plan(given, after.get(), here) : now(given, here);
    }

    private static int plan(ParseResult given, String after, Surroundings here)
            throws InterruptedException {
        if (!after.equals("never")) {
            var _ = Durations.parse(after);
        }
        var json = Options.wantsJson(given);
        var client = here.client();
        return Each.vm(
                given,
                here,
                "",
                true,
                name -> {
                    var vm = client.sleepAfter(name, after);
                    return Each.Said.line(json ? vm.source().toString() : vm.name());
                });
    }

    private static int now(ParseResult given, Surroundings here) throws InterruptedException {
        var wait = Options.flag(given, "--no-wait") ? Duration.ZERO : Outcome.PATIENCE;
        return Power.change(
                new PowerChange(PowerChange.Verb.SLEEP, Optional.empty(), false, wait),
                given,
                here);
    }
}

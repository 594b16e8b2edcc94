package dev.cove.cli;

import dev.cove.client.Json;
import dev.cove.core.CoveException;
import java.time.Duration;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// `cove destroy`.
final class Destroy implements Verb {
    @Override
    public CommandSpec spec() {
        var spec =
                Each.withVms(
                        Options.spec(
                                "Destroy VMs and their disks. There is no way back.",
                                "A VM that runs is only destroyed with -f. Nothing is asked."));
        spec.addOption(Options.flag("even if it runs", "-f", "--force"))
                .addOption(Options.flag("return at once", "--no-wait"));
        return Options.examples(
                Options.withFormat(spec),
                "cove destroy web",
                "cove destroy -f web-1 web-2",
                "cove destroy -f --label job=ci");
    }

    @Override
    public int run(ParseResult given, Surroundings here) throws InterruptedException {
        var json = Options.wantsJson(given);
        var force = Options.flag(given, "--force");
        var wait = Options.flag(given, "--no-wait") ? Duration.ZERO : Outcome.PATIENCE;
        var client = here.client();
        return Each.vm(
                given,
                here,
                " …",
                json || wait.isZero(),
                name -> {
                    if (!client.destroy(name, force, wait) && !wait.isZero()) {
                        throw CoveException.unavailable(
                                "VM \"" + name + "\" is still being deleted; see: cove ls");
                    }
                    var line = Json.fields().put("destroyed", name).build().toString();
                    return Each.Said.line(json ? line : name);
                });
    }
}

package dev.cove.cli;

import dev.cove.client.Resizing;
import dev.cove.core.Bytes;
import dev.cove.core.CoveException;
import java.time.Duration;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// `cove resize`.
final class Resize implements Verb {
    @Override
    public CommandSpec spec() {
        var spec =
                Each.withVms(
                        Options.spec(
                                "Give VMs other CPUs, memory or a larger disk.",
                                "The disk of a VM that runs grows at once, and its root file system"
                                        + " with it; a disk never shrinks. CPUs and memory change"
                                        + " while a VM is stopped, or with --restart. What was changed,"
                                        + " and from when on, is said on standard error."));
        spec.addOption(Options.value("N", "virtual processors", "--cpus"))
                .addOption(Options.value("SIZE", "memory, as 1G", "--memory"))
                .addOption(Options.value("SIZE", "disk, as 8G", "--disk"))
                .addOption(
                        Options.flag(
                                "restart those that run, where that is needed, and return when"
                                        + " they can be used again",
                                "--restart"))
                .addOption(Options.flag("do not wait for the restart", "--no-wait"));
        return Options.examples(
                Options.withFormat(spec),
                "cove resize web --disk 8G",
                "cove resize web --cpus 2 --memory 1G --restart",
                "cove resize --label job=ci --disk 20G");
    }

    @Override
    public int run(ParseResult given, Surroundings here) throws InterruptedException {
        var json = Options.wantsJson(given);
        var wish =
                new Resizing.Wish(
                        Options.cpus(given),
                        Options.size(given, "--memory"),
                        Options.size(given, "--disk"),
                        Options.flag(given, "--restart"));
        if (wish.cpus().isEmpty() && wish.memory().isEmpty() && wish.disk().isEmpty()) {
            throw CoveException.invalid("what is to change? give --cpus, --memory or --disk");
        }
        var wait = Options.flag(given, "--no-wait") ? Duration.ZERO : Outcome.PATIENCE;
        var client = here.client();
        return Each.vm(
                given,
                here,
                ": resizing …",
                json,
                name -> {
                    var resized = client.resize(name, wish, wait);
                    if (!wait.isZero() && restarts(resized)) {
                        var _ = Outcome.expect(resized.vm(), "running");
                    }
                    return said(resized, json);
                });
    }

    private static boolean restarts(Resizing.Resized resized) {
        return resized.changes().stream().anyMatch(c -> c.when().equals("restart"));
    }

    private static Each.Said said(Resizing.Resized resized, boolean json) {
        if (json) {
            return Each.Said.line(resized.source().toString());
        }
        var name = resized.vm().name();
        var remarks =
                resized.changes().isEmpty()
                        ? List.of(name + ": it is so already")
                        : resized.changes().stream().map(c -> name + ": " + words(c)).toList();
        return new Each.Said(name, remarks);
    }

    private static String words(Resizing.Change change) {
        var inBytes = !change.what().equals("cpus");
        return change.what()
                + " from "
                + (inBytes ? new Bytes(change.from()) : change.from())
                + " to "
                + (inBytes ? new Bytes(change.to()) : change.to())
                + switch (change.when()) {
                    case "now" -> ", while it runs";
                    case "restart" -> ", by a restart";
                    default -> ", from its next start on";
                };
    }
}

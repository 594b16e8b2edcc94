package dev.cove.cli;

import dev.cove.client.Json;
import dev.cove.client.VmInfo;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// `cove ls`.
final class ListVms implements Verb {
    @Override
    public CommandSpec spec() {
        return Options.examples(
                Options.withFormat(
                        Options.spec("List VMs.")
                                .addOption(Options.flag("names only", "-q", "--quiet"))
                                .addOption(
                                        Options.values(
                                                "KEY=VALUE",
                                                "only those that have this label",
                                                "-l",
                                                "--label"))),
                "cove ls",
                "cove ls -q --label job=ci | xargs cove destroy -f",
                "cove ls --json | jq '.[].address'");
    }

    @Override
    public int run(ParseResult given, Surroundings here) {
        var json = Options.wantsJson(given);
        var vms = here.client().vms(Options.pairs(given, "--label"));
        if (json) {
            here.stdout().println(new Json.Items(List.copyOf(sources(vms))).pretty());
        } else if (Options.flag(given, "--quiet")) {
            vms.forEach(vm -> here.stdout().println(vm.name()));
        } else {
            print(vms, here);
        }
        return 0;
    }

    private static List<Json> sources(List<VmInfo> vms) {
        return vms.stream().map(VmInfo::source).toList();
    }

    private static void print(List<VmInfo> vms, Surroundings here) {
        var now = here.clock().instant();
        var table =
                new Table("NAME", "STATE", "IMAGE", "ADDRESS", "CPUS", "MEMORY", "DISK", "CREATED");
        for (var vm : vms) {
            table.row(
                    vm.name(),
                    vm.state(),
                    vm.image(),
                    vm.address().orElse(""),
                    Long.toString(vm.cpus()),
                    vm.memory().toString(),
                    vm.disk().toString(),
                    vm.created().map(then -> Ages.of(then, now)).orElse(""));
        }
        table.print(here.stdout());
    }
}

package dev.cove.cli;

import dev.cove.client.Json;
import dev.cove.core.CoveException;
import dev.cove.core.Printable;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// Does the same to several VMs at once, each as if it were the only one: what fails for one is
/// said, and the others go on.
final class Each {
    private static final int LONGEST = 4000;

    private Each() {}

    /// What is to be done to one VM.
    interface Action {
        void on(String vm);
    }

    static CommandSpec withVms(CommandSpec spec) {
        return spec.addPositional(Options.arguments(0, "VM", "0..*", "names or ids of VMs"))
                .addOption(
                        Options.values(
                                "KEY=VALUE", "all VMs that have this label", "-l", "--label"));
    }

    /// The VMs that were named or have the labels.
    static List<String> vms(ParseResult given, Surroundings here) {
        var vms = new LinkedHashSet<>(Options.arguments(given, 0));
        var labels = Options.pairs(given, "--label");
        if (vms.isEmpty() && labels.isEmpty()) {
            throw CoveException.invalid("which VM? give a name, or --label KEY=VALUE");
        }
        if (!labels.isEmpty()) {
            here.client().vms(labels).forEach(vm -> vms.add(vm.name()));
        }
        return List.copyOf(vms);
    }

    /// @return 0 when all went well, else the exit code of the first failure
    static int of(List<String> names, Surroundings here, boolean json, Action action)
            throws InterruptedException {
        var failures = names.size() == 1 ? one(names.getFirst(), action) : many(names, action);
        for (var failure : failures) {
            say(failure, here, json);
        }
        return failures.isEmpty()
                ? 0
                : failures.getFirst().kind() == CoveException.Kind.INVALID ? 2 : 1;
    }

    /// One line for a terminal, whoever is quoted in it.
    static String line(CoveException failure) {
        return Printable.of(failure.sentence().strip().replace("\n", "; "), LONGEST);
    }

    static void say(CoveException failure, Surroundings here, boolean json) {
        var line = line(failure);
        if (json) {
            var error = Json.fields().put("kind", failure.kind().name()).put("detail", line);
            here.stderr().println(Json.fields().put("error", error.build()).build());
        } else {
            here.stderr().println("cove: " + line);
        }
        here.stderr().flush();
    }

    private static List<CoveException> one(String name, Action action) {
        return attempt(name, action).map(List::of).orElse(List.of());
    }

    private static Optional<CoveException> attempt(String name, Action action) {
        try {
            action.on(name);
            return Optional.empty();
        } catch (CoveException e) {
            return Optional.of(e);
        }
    }

    private static List<CoveException> many(List<String> names, Action action)
            throws InterruptedException {
        var failures = new ArrayList<CoveException>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var tasks = new ArrayList<Callable<Optional<CoveException>>>();
            names.forEach(name -> tasks.add(() -> attempt(name, action)));
            for (var done : threads.invokeAll(tasks)) {
                done.get().ifPresent(failures::add);
            }
        } catch (ExecutionException e) {
            throw CoveException.internal("a fault of Cove's own: " + e.getCause(), e);
        }
        return failures;
    }
}

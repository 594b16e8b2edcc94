package dev.cove.cli;

import dev.cove.client.Json;
import dev.cove.core.CoveException;
import dev.cove.core.Printable;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// Does the same to several VMs at once, each as if it were the only one: what fails for one is
/// said, and the others go on.
final class Each {
    private static final int LONGEST = 4000;

    private Each() {}

    /// What is to be done to one VM.
    interface Action {
        Said on(String vm);
    }

    /// What is said when it is done.
    ///
    /// @param line for standard output
    /// @param remarks for standard error
    record Said(String line, List<String> remarks) {
        static Said line(String line) {
            return new Said(line, List.of());
        }

        private void print(Surroundings here) {
            here.stdout().println(line);
            here.stdout().flush();
            remarks.forEach(here.stderr()::println);
            here.stderr().flush();
        }
    }

    private record Done(Optional<Said> said, Optional<CoveException> failure) {
        static Done of(String name, Action action) {
            try {
                return new Done(Optional.of(action.on(name)), Optional.empty());
            } catch (CoveException e) {
                return new Done(Optional.empty(), Optional.of(e));
            }
        }
    }

    static CommandSpec withVms(CommandSpec spec) {
        return spec.addPositional(Options.arguments(0, "VM", "0..*", "names or ids of VMs"))
                .addOption(
                        Options.values(
                                "KEY=VALUE", "all VMs that have this label", "-l", "--label"));
    }

    /// Does it to the VMs that were named or have the labels, in any order; says it in the order in
    /// which they were given.
    ///
    /// @param doing what a terminal shows meanwhile, after their names
    /// @return 0 when all went well, else the exit code of the first failure
    static int vm(ParseResult given, Surroundings here, String doing, boolean quiet, Action action)
            throws InterruptedException {
        var names = vms(given, here);
        try (var progress = Progress.of(names, doing, quiet, here)) {
            return of(names, here, Options.wantsJson(given), progress, action);
        }
    }

    /// The same to what has these names, and shows nothing meanwhile.
    static int of(List<String> names, Surroundings here, boolean json, Action action)
            throws InterruptedException {
        try (var none = Progress.of(names, "", true, here)) {
            return of(names, here, json, none, action);
        }
    }

    private static int of(
            List<String> names, Surroundings here, boolean json, Progress progress, Action action)
            throws InterruptedException {
        var failures = new ArrayList<CoveException>();
        Consumer<Done> tell =
                done -> {
                    done.said().ifPresent(said -> progress.aside(() -> said.print(here)));
                    done.failure().ifPresent(failures::add);
                };
        if (names.size() == 1) {
            tell.accept(Done.of(names.getFirst(), action));
        } else {
            many(names, action, tell);
        }
        progress.aside(() -> failures.forEach(failure -> say(failure, here, json)));
        return failures.isEmpty()
                ? 0
                : failures.getFirst().kind() == CoveException.Kind.INVALID ? 2 : 1;
    }

    private static void many(List<String> names, Action action, Consumer<Done> tell)
            throws InterruptedException {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var tasks = names.stream().map(n -> threads.submit(() -> Done.of(n, action))).toList();
            try {
                for (var task : tasks) {
                    tell.accept(task.get());
                }
            } catch (InterruptedException e) {
                threads.shutdownNow();
                throw e;
            }
        } catch (ExecutionException e) {
            throw CoveException.internal("a fault of Cove's own: " + e.getCause(), e);
        }
    }

    private static List<String> vms(ParseResult given, Surroundings here) {
        var vms = new LinkedHashSet<>(Options.arguments(given, 0));
        var labels = Options.pairs(given, "--label");
        if (vms.isEmpty() && labels.isEmpty()) {
            throw CoveException.invalid("which VM? give a name, or --label KEY=VALUE");
        }
        if (!labels.isEmpty()) {
            var labelled = here.client().vms(labels);
            labelled.forEach(vm -> vms.add(vm.name()));
            if (labelled.isEmpty() && !Options.wantsJson(given)) {
                var pairs = String.join(", ", Options.texts(given, "--label"));
                here.stderr()
                        .println(
                                "no VM has the label"
                                        + (labels.size() == 1 ? " " : "s ")
                                        + Printable.of(pairs, LONGEST));
            }
        }
        return List.copyOf(vms);
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
}

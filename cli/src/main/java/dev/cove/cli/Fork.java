package dev.cove.cli;

import dev.cove.client.Copies;
import dev.cove.client.EventStream;
import dev.cove.core.CoveException;
import dev.cove.core.Forked;
import java.time.Duration;
import java.util.HashSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// `cove fork`.
final class Fork implements Verb {
    private static final Duration LINE_EVERY = Duration.ofSeconds(10);

    @Override
    public CommandSpec spec() {
        var spec =
                Options.spec(
                                "Copy a running VM as it is: its memory, its processes and its disk.",
                                "The original goes on after a pause of milliseconds, one for all copies."
                                        + " Each copy gets a name, an address and host keys of its own"
                                        + " before anybody can reach it; connections from outside stay"
                                        + " with the original.",
                                "Prints the copies' names when a command has run in each over SSH, and"
                                        + " the pause.")
                        .addPositional(Options.argument(0, "VM", "its name or id"))
                        .addPositional(
                                Options.optionalArgument(
                                        1, "NEW", "a name (default: a random one for each)"))
                        .addOption(
                                Options.value(
                                        "N",
                                        "make N copies, 1 to "
                                                + Forked.MOST
                                                + ", called NEW-1 to NEW-N",
                                        "-n",
                                        "--count"))
                        .addOption(
                                Options.values(
                                        "KEY=VALUE", "a label; again for more", "-l", "--label"))
                        .addOption(
                                Options.value(
                                        "TIME",
                                        "put them to sleep when nobody uses them for so long",
                                        "--sleep-after"))
                        .addOption(
                                Options.flag(
                                        "return as soon as they are on their way", "--no-wait"));
        return Options.examples(
                Options.withFormat(spec),
                "cove fork web web-2",
                "cove fork web try --count 50 --label job=try && cove destroy -f -l job=try",
                "cove fork --json web web-2 | jq .standstill_ms");
    }

    @Override
    public int run(ParseResult given, Surroundings here) {
        var json = Options.wantsJson(given);
        var source = Options.argument(given, 0);
        var wish = wish(given);
        var wait = Options.flag(given, "--no-wait") ? Duration.ZERO : Outcome.PATIENCE;
        Copies.Forks forks;
        try (var _ = progress(source, wish, json || wait.isZero(), here)) {
            forks = here.client().copies().fork(source, wish, wait);
        }
        if (json) {
            here.stdout().println(forks.source().pretty());
        } else {
            print(source, forks, here);
        }
        return wait.isZero() ? 0 : failures(forks, here, json);
    }

    private static Copies.Wish wish(ParseResult given) {
        var name = Options.argument(given, 1);
        return new Copies.Wish(
                name.isEmpty() ? Optional.empty() : Optional.of(name),
                Options.count(given, "--count", 1, Forked.MOST),
                Options.pairs(given, "--label"),
                Options.text(given, "--sleep-after"));
    }

    private static void print(String source, Copies.Forks forks, Surroundings here) {
        forks.vms().stream()
                .filter(vm -> !vm.state().equals("failed"))
                .forEach(vm -> here.stdout().println(vm.name()));
        here.stdout().flush();
        here.stderr()
                .printf(Locale.ROOT, "%s stood still for %.1f ms%n", source, forks.standstill());
    }

    private static int failures(Copies.Forks forks, Surroundings here, boolean json) {
        var exit = 0;
        for (var vm : forks.vms()) {
            try {
                var _ = Outcome.expect(vm, "running");
            } catch (CoveException e) {
                Each.say(e, here, json);
                exit = 1;
            }
        }
        return exit;
    }

    /// One copy's steps, or how many of several are ready. Which those are is known by their names
    /// alone, so of random ones there is no count.
    private static Progress progress(
            String source, Copies.Wish wish, boolean quiet, Surroundings here) {
        var doing = source + ": forking …";
        var name = wish.name().orElse("");
        if (name.isEmpty() || wish.count().isEmpty()) {
            return Progress.start(here, doing, quiet, Progress.steps(name));
        }
        var words = counting(names(name, wish.count().get()));
        return Progress.telling(here, doing, quiet, words, LINE_EVERY);
    }

    private static Set<String> names(String name, int count) {
        return IntStream.rangeClosed(1, count)
                .mapToObj(n -> name + "-" + n)
                .collect(Collectors.toSet());
    }

    static Function<EventStream.Happening, String> counting(Set<String> names) {
        var ready = new HashSet<String>();
        return event -> {
            var details = event.data().at("details");
            var name = details.at("name").text("");
            if (!names.contains(name)) {
                return "";
            }
            if (Optional.of("running").equals(details.at("state").text())
                    && event.type().equals("vm.state")) {
                ready.add(name);
            }
            return ready.size() + " of " + names.size() + " are ready";
        };
    }
}

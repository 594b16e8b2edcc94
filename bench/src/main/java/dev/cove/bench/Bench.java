package dev.cove.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.OptionalInt;

/// `bench/run`: measures the sections that are named, or all; prints a table and writes JSON. Exits
/// with 1 when a figure was missed, with 2 when it was called wrongly.
public final class Bench {
    private static final PrintStream OUT = System.out;
    private static final PrintStream ERR = System.err;

    private Bench() {}

    public static void main(String[] words) throws Exception {
        System.exit(run(words));
    }

    private static int run(String[] words) throws Exception {
        Call call;
        try {
            call = Call.parse(List.of(words));
        } catch (IllegalArgumentException e) {
            ERR.println("bench/run: " + e.getMessage());
            return 2;
        }
        var sections = sections(call.grounds());
        if (call.list()) {
            sections.forEach(Bench::describe);
            return 0;
        }
        var known = sections.stream().map(Section::name).toList();
        if (!known.containsAll(call.sections())) {
            ERR.println("bench/run: no such section; there are " + String.join(" ", known));
            return 2;
        }
        var figures = new ArrayList<Figure>();
        var load = new ArrayList<>(List.of(load()));
        for (var section : sections) {
            if (call.wants(section)) {
                ERR.println("== " + section.name() + ": " + section.about());
                figures.addAll(section.measure(call.turns(section), ERR::println));
                load.add(load());
            }
        }
        var host = host() + "; load average before and after each section " + load;
        var report = new Report(Instant.now(), host, figures);
        OUT.println(host);
        OUT.print(report.table());
        Files.writeString(call.json(), report.json() + "\n");
        return figures.stream().allMatch(Figure::reached) ? 0 : 1;
    }

    private static void describe(Section section) {
        OUT.printf(
                "%-20s %s%s%n",
                section.name(),
                section.about(),
                section.onlyWhenNamed() ? " (only when named)" : "");
    }

    private static List<Section> sections(Grounds grounds) {
        var boots = number("COVE_BENCH_BOOTS", Boots.USUAL);
        var rounds = number("COVE_BENCH_ROUNDS", Rounds.USUAL);
        var minutes = number("COVE_BENCH_MINUTES", (int) Clocks.USUAL.toMinutes());
        return List.of(
                Cold.besidePlainQemu(grounds),
                new CommandLine(grounds),
                new Listing(grounds),
                new Creating(grounds),
                new Churn(grounds),
                new Boots(grounds, boots),
                new Clocks(grounds, Duration.ofMinutes(minutes)),
                new Forking(grounds, Family.SLIM, 0.2),
                new Standstill(grounds, Family.SLIM),
                new Together(grounds, Family.SLIM),
                new Density(grounds, Family.SLIM),
                new Rounds(grounds, Family.SLIM, rounds),
                new Forking(grounds, Family.SYSTEMD, 0.06),
                new Standstill(grounds, Family.SYSTEMD),
                new Together(grounds, Family.SYSTEMD),
                new Density(grounds, Family.SYSTEMD),
                new Rounds(grounds, Family.SYSTEMD, rounds),
                new Trim(grounds),
                Cold.besideLibvirt(grounds, Family.SLIM),
                new Restoring(grounds, Family.SLIM),
                Cold.besideLibvirt(grounds, Family.SYSTEMD),
                new Restoring(grounds, Family.SYSTEMD));
    }

    private static int number(String variable, int usual) {
        var asked = System.getenv().getOrDefault(variable, "");
        return asked.isBlank() ? usual : Integer.parseInt(asked);
    }

    private static String host() throws IOException {
        var model =
                Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
                        .filter(line -> line.startsWith("model name"))
                        .map(line -> line.substring(line.indexOf(':') + 1).strip())
                        .findFirst()
                        .orElse("unknown processor");
        return Runtime.getRuntime().availableProcessors()
                + " cores of "
                + model
                + ", "
                + System.getProperty("os.name")
                + " "
                + System.getProperty("os.version");
    }

    /// Of the last minute (proc_loadavg(5)): what else the machine was doing.
    private static String load() throws IOException {
        return Files.readString(Path.of("/proc/loadavg")).split(" ", 2)[0];
    }

    /// What `bench/run` was asked for.
    ///
    /// @param sections empty means all
    /// @param runs of each side; empty for what is usual in a section
    record Call(List<String> sections, OptionalInt runs, Path json, Grounds grounds, boolean list) {
        static Call parse(List<String> words) {
            var sections = new ArrayList<String>();
            var runs = OptionalInt.empty();
            var json = Path.of("bench.json");
            var checkout = Path.of("").toAbsolutePath();
            var scratch = Path.of(System.getProperty("java.io.tmpdir"));
            var list = false;
            var rest = words.iterator();
            while (rest.hasNext()) {
                var word = rest.next();
                switch (word) {
                    case "--runs" -> runs = OptionalInt.of(Integer.parseInt(value(word, rest)));
                    case "--json" -> json = Path.of(value(word, rest));
                    case "--checkout" -> checkout = Path.of(value(word, rest));
                    case "--scratch" -> scratch = Path.of(value(word, rest));
                    case "--list" -> list = true;
                    default -> {
                        if (word.startsWith("-")) {
                            throw new IllegalArgumentException(
                                    "no such option: "
                                            + word
                                            + "; there are --runs N, --json FILE, --list");
                        }
                        sections.add(word);
                    }
                }
            }
            var grounds = new Grounds(checkout, scratch, checkout.resolve("bench/target/images"));
            return new Call(List.copyOf(sections), runs, json, grounds, list);
        }

        boolean wants(Section section) {
            return sections.isEmpty()
                    ? !section.onlyWhenNamed()
                    : sections.contains(section.name());
        }

        Turns turns(Section section) {
            return new Turns(runs.orElse(section.usualRuns()), 1);
        }

        private static String value(String option, Iterator<String> rest) {
            if (!rest.hasNext()) {
                throw new IllegalArgumentException(option + " wants a value");
            }
            return rest.next();
        }
    }
}

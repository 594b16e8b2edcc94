package dev.cove.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cove.client.Copies;
import dev.cove.client.CoveClient;
import dev.cove.client.Creation;
import dev.cove.client.PowerChange;
import dev.cove.client.VmInfo;
import dev.cove.core.CoveException;
import dev.cove.platform.LinuxProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Kills the daemon, and now and then a VM's machine as well, at random moments while templates are
/// made and real VMs are forked, kept, restored, put to sleep and woken (`-Dcove.it.kills=60`,
/// `-Dcove.it.seed=N`). The next daemon has to have what was acknowledged, and nothing half made.
@Tag("vm")
@Tag("root")
class CopiesCrashTest {
    private static final int KILLS = Integer.getInteger("cove.it.kills", 4);
    private static final long SEED = Long.getLong("cove.it.seed", System.nanoTime() & 0xffff);
    private static final int MOST_FORKS = 3;
    private static final int MOST_SNAPSHOTS = 3;
    private static final String MEMORY = "192M";
    private static final Duration SETTLES = Duration.ofMinutes(4);
    private static final Duration CLEARS = Duration.ofMinutes(1);

    private final Random random = new Random(SEED);
    private final List<Source> sources = List.of(new Source("one"), new Source("two"));
    private final Map<String, Integer> counts = new TreeMap<>();
    private final Happened happened = new Happened();
    private int round;

    /// A VM that copies are made of, and what it has in memory and on its disk from the first.
    private record Source(String name) {
        String token() {
            return "it is " + name;
        }
    }

    /// What was acknowledged, and what was done to whom.
    private static final class Happened {
        private final Map<String, Source> forks = new TreeMap<>();
        private final Map<String, Set<String>> snapshots = new TreeMap<>();
        private final Set<String> killed = new TreeSet<>();

        synchronized void forked(VmInfo fork, Source source) {
            forks.put(fork.name(), source);
        }

        synchronized void kept(Source source, String snapshot) {
            snapshots.computeIfAbsent(source.name(), _ -> new TreeSet<>()).add(snapshot);
        }

        synchronized void removed(Source source, String snapshot) {
            snapshots.getOrDefault(source.name(), new TreeSet<>()).remove(snapshot);
        }

        synchronized void killed(String vm) {
            killed.add(vm);
        }

        synchronized Set<String> snapshotsOf(Source source) {
            return new TreeSet<>(snapshots.getOrDefault(source.name(), Set.of()));
        }
    }

    @Test
    @Timeout(value = 2, unit = TimeUnit.HOURS)
    void losesNoVmNoCopyAndNoSnapshotAndUsesNothingHalfMade() throws Exception {
        try (var daemon = RealDaemon.with(List.of("--templates-standby", "0"), "debian-slim")) {
            for (var source : sources) {
                daemon.client().create(wanted(source.name()), SETTLES);
                mark(daemon, source);
            }
            for (round = 0; round < KILLS; round++) {
                var calls = disturb(daemon.client());
                strike(daemon);
                for (var call : calls) {
                    call.join();
                }
                daemon.start();
                compare(daemon);
            }
            finish(daemon);
            System.out.printf(
                    "copies crash test: seed %d, %d kills of the daemon, %s; 0 lost, 0 half made"
                            + " used, 0 left over%n",
                    SEED, KILLS, counts);
        }
    }

    private static Creation wanted(String name) {
        return new Creation(
                Optional.of(name),
                Optional.of("debian-slim"),
                Optional.empty(),
                Optional.of(MEMORY),
                Optional.empty(),
                Optional.empty(),
                List.of(),
                Map.of(),
                false,
                true);
    }

    private static void mark(RealDaemon daemon, Source source) {
        var token = source.token();
        daemon.guest(source.name())
                .sh("echo '%s' >/run/token; echo '%s' >/root/token; sync".formatted(token, token));
    }

    /// A few calls at once, on threads of their own.
    private List<Thread> disturb(CoveClient client) {
        var calls = new ArrayList<Thread>();
        for (var i = 0; i < 3; i++) {
            var source = sources.get(random.nextInt(sources.size()));
            var called = "r%d-%d".formatted(round, i);
            switch (random.nextInt(8)) {
                case 0, 1 -> calls.add(call("forks", () -> fork(client, source, called)));
                case 2, 3 -> calls.add(call("snapshots", () -> keep(client, source, called)));
                case 4 -> calls.add(call("restores", () -> restore(client, source)));
                case 5 -> calls.add(call("sleeps", () -> power(client, source, "sleep")));
                case 6 -> calls.add(call("wakes", () -> sleepAndWake(client, source)));
                default -> calls.add(call("templates", () -> template(client)));
            }
        }
        return calls;
    }

    private Thread call(String what, Runnable work) {
        return Thread.ofVirtual()
                .start(() -> {
                    try {
                        work.run();
                        count(what + " acknowledged");
                    } catch (CoveException e) {
                        // The daemon died before it answered, or two calls contradict each other:
                        // neither was acknowledged.
                        count(what + " not");
                    }
                });
    }

    private synchronized void count(String what) {
        counts.merge(what, 1, Integer::sum);
    }

    private void fork(CoveClient client, Source source, String name) {
        var wish = new Copies.Wish(Optional.of(name), Optional.empty(), Map.of(), Optional.empty());
        client.copies()
                .fork(source.name(), wish, Duration.ZERO)
                .vms()
                .forEach(vm -> happened.forked(vm, source));
    }

    private void keep(CoveClient client, Source source, String name) {
        client.copies().takeSnapshot(source.name(), Optional.of(name));
        happened.kept(source, name);
    }

    private void restore(CoveClient client, Source source) {
        var kept = happened.snapshotsOf(source);
        if (!kept.isEmpty()) {
            client.copies().restore(source.name(), kept.iterator().next(), false, SETTLES);
        }
    }

    private static void power(CoveClient client, Source source, String verb) {
        var how = PowerChange.Verb.valueOf(verb.toUpperCase(java.util.Locale.ROOT));
        client.change(source.name(), new PowerChange(how, Optional.empty(), false, SETTLES));
    }

    private static void sleepAndWake(CoveClient client, Source source) {
        power(client, source, "sleep");
        power(client, source, "wake");
    }

    private static void template(CoveClient client) {
        client.copies().templates().items().stream()
                .flatMap(t -> t.at("id").text().stream())
                .forEach(client.copies()::removeTemplate);
        client.copies()
                .prepareTemplate(Optional.of("debian-slim"), Optional.empty(), Optional.of(MEMORY));
    }

    /// Kills the daemon at some moment, and in every third round a machine just before.
    private void strike(RealDaemon daemon) {
        var delay = random.nextInt(2500);
        var alsoMachine = random.nextInt(3) == 0;
        var which = random.nextInt(1000);
        CompletableFuture.runAsync(
                        () -> {
                            if (alsoMachine) {
                                killMachine(daemon, which);
                            }
                            daemon.kill();
                        },
                        CompletableFuture.delayedExecutor(delay, TimeUnit.MILLISECONDS))
                .join();
    }

    private void killMachine(RealDaemon daemon, int which) {
        var machines = List.copyOf(Traces.machines(daemon.data()).entrySet());
        if (!machines.isEmpty()) {
            var chosen = machines.get(which % machines.size());
            happened.killed(chosen.getKey());
            chosen.getValue().forEach(CopiesCrashTest::end);
            count("machines killed");
        }
    }

    private static void end(LinuxProcess machine) {
        try {
            assertThat(machine.kill(CLEARS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private String where() {
        return "seed %d, round %d".formatted(SEED, round);
    }

    private void compare(RealDaemon daemon) throws Exception {
        awaitRest(daemon);
        for (var source : sources) {
            check(daemon, source.name(), source, true);
        }
        for (var fork : List.copyOf(happened.forks.entrySet())) {
            check(daemon, fork.getKey(), fork.getValue(), false);
            if (happened.killed.contains(daemon.client().vm(fork.getKey()).id())) {
                daemon.cove("destroy", "-f", fork.getKey()).orThrow();
                happened.forks.remove(fork.getKey());
            }
        }
        checkSnapshots(daemon);
        checkLeftovers(daemon);
        trim(daemon);
        happened.killed.clear();
    }

    private void awaitRest(RealDaemon daemon) {
        await().atMost(SETTLES)
                .pollInterval(Duration.ofMillis(200))
                .until(() -> daemon.client().vms(Map.of()).stream().allMatch(VmInfo::settled));
    }

    /// Wakes it if it sleeps. It has in memory and on its disk what it had, unless its machine was
    /// killed.
    private void check(RealDaemon daemon, String name, Source source, boolean again)
            throws InterruptedException {
        var vm = daemon.client().vm(name);
        var killed = happened.killed.contains(vm.id());
        var as = "%s, %s: %s".formatted(name, where(), vm.source());
        if (vm.state().equals("asleep")) {
            power(daemon.client(), new Source(name), "wake");
        } else if (killed && vm.state().equals("failed")) {
            count("failed with their machine");
            if (!again) {
                return;
            }
            power(daemon.client(), source, "start");
        } else {
            assertThat(vm.state()).as(as).isEqualTo("running");
        }
        var memory = daemon.guest(name).run("cat /run/token").out().strip();
        if (!killed) {
            assertThat(memory).as(as).isEqualTo(source.token());
        }
        assertThat(daemon.guest(name).sh("cat /root/token; hostname"))
                .as(as)
                .isEqualTo(source.token() + "\n" + name);
        if (again && !memory.equals(source.token())) {
            mark(daemon, source);
        }
    }

    /// Those that were acknowledged are there, and one that is there can be gone on from.
    private void checkSnapshots(RealDaemon daemon) throws InterruptedException {
        for (var source : sources) {
            var listed = listed(daemon, source);
            assertThat(listed)
                    .as("snapshots of %s, %s", source.name(), where())
                    .containsAll(happened.snapshotsOf(source));
            for (var name : listed) {
                happened.kept(source, name);
            }
            if (!listed.isEmpty()) {
                goOnFrom(daemon, source, listed.get(random.nextInt(listed.size())));
            }
        }
    }

    private static List<String> listed(RealDaemon daemon, Source source) {
        return daemon.client().copies().snapshots(source.name()).items().stream()
                .flatMap(s -> s.at("name").text().stream())
                .toList();
    }

    private void goOnFrom(RealDaemon daemon, Source source, String snapshot)
            throws InterruptedException {
        daemon.cove("create", "probe", "--from", source.name() + "/" + snapshot).orThrow();
        assertThat(daemon.guest("probe").sh("cat /run/token /root/token; hostname"))
                .as("%s/%s, %s", source.name(), snapshot, where())
                .isEqualTo(source.token() + "\n" + source.token() + "\nprobe");
        daemon.cove("destroy", "-f", "probe").orThrow();
        count("snapshots gone on from");
    }

    /// Whatever is on the machine belongs to a VM or a snapshot that is listed. VMs that nobody
    /// sees go a moment after the start.
    private void checkLeftovers(RealDaemon daemon) {
        await().atMost(CLEARS)
                .untilAsserted(() -> {
                    var ids = new TreeSet<String>();
                    daemon.client().vms(Map.of()).forEach(vm -> ids.add(vm.id()));
                    var traces = Traces.of(daemon.data());
                    assertThat(ids)
                            .as("leftovers %s, %s", traces, where())
                            .containsAll(traces.all());
                    assertThat(traces.mounts()).as("mounts, %s", where()).hasSize(1);
                    assertThat(snapshotFolders(daemon))
                            .as("snapshots, %s", where())
                            .hasSize(templates(daemon) + snapshots(daemon));
                });
        Traces.machines(daemon.data())
                .forEach((id, all) -> assertThat(all).as("%s, %s", id, where()).hasSize(1));
    }

    private int snapshots(RealDaemon daemon) {
        return sources.stream().mapToInt(s -> listed(daemon, s).size()).sum();
    }

    private static int templates(RealDaemon daemon) {
        return daemon.client().copies().templates().items().size();
    }

    private static List<Path> snapshotFolders(RealDaemon daemon) throws IOException {
        try (var found = Files.list(daemon.data().resolve("pool/snapshots"))) {
            return found.toList();
        }
    }

    /// Keeps what there is small.
    private void trim(RealDaemon daemon) throws InterruptedException {
        for (var fork : List.copyOf(happened.forks.keySet())) {
            if (happened.forks.size() > MOST_FORKS) {
                daemon.cove("destroy", "-f", fork).orThrow();
                happened.forks.remove(fork);
            }
        }
        for (var vm : daemon.client().vms(Map.of())) {
            var known = sources.stream().anyMatch(s -> s.name().equals(vm.name()));
            if (!known && !happened.forks.containsKey(vm.name())) {
                daemon.cove("destroy", "-f", vm.name()).orThrow();
            }
        }
        for (var source : sources) {
            for (var name : happened.snapshotsOf(source)) {
                if (happened.snapshotsOf(source).size() > MOST_SNAPSHOTS) {
                    daemon.client().copies().removeSnapshot(source.name(), name);
                    happened.removed(source, name);
                }
            }
        }
    }

    /// What is left can be used, and nothing is left of it when it has been destroyed.
    private void finish(RealDaemon daemon) throws Exception {
        for (var source : sources) {
            for (var name : listed(daemon, source)) {
                goOnFrom(daemon, source, name);
            }
        }
        if (templates(daemon) > 0) {
            daemon.cove("create", "probe", "--image", "debian-slim", "--memory", MEMORY).orThrow();
            var probe = daemon.client().vm("probe");
            assertThat(probe.origin()).as("%s", probe.source()).contains("template");
        }
        for (var vm : daemon.client().vms(Map.of())) {
            daemon.cove("destroy", "-f", vm.name()).orThrow();
        }
        for (var template : daemon.client().copies().templates().items()) {
            daemon.client().copies().removeTemplate(template.at("id").text(""));
        }
        await().atMost(CLEARS)
                .untilAsserted(() -> {
                    var left = Traces.of(daemon.data());
                    assertThat(left.all()).as("leftovers, %s", where()).isEmpty();
                    assertThat(left.mounts()).as("mounts, %s", where()).hasSize(1);
                    assertThat(snapshotFolders(daemon)).as("snapshots, %s", where()).isEmpty();
                    assertThat(Traces.memories(daemon.pid())).as("memory, %s", where()).isZero();
                });
        assertThat(daemon.metric("cove_leases")).as("leases, %s", where()).isZero();
    }
}

package dev.cove.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cove.client.CoveClient;
import dev.cove.client.Creation;
import dev.cove.client.PowerChange;
import dev.cove.client.VmInfo;
import dev.cove.core.CoveException;
import dev.cove.platform.LinuxProcess;
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

/// Kills the daemon at random moments while real VMs are made, started, stopped and destroyed
/// (`-Dcove.it.kills=60`, `-Dcove.it.seed=N`), and compares what it has acknowledged with what is
/// there when the next one is up.
@Tag("vm")
@Tag("root")
class CrashTest {
    private static final int KILLS = Integer.getInteger("cove.it.kills", 8);
    private static final long SEED = Long.getLong("cove.it.seed", System.nanoTime() & 0xffff);
    private static final int MOST_VMS = 4;
    private static final List<String> BYSTANDERS = List.of("bystander-1", "bystander-2");
    private static final Duration SETTLES = Duration.ofMinutes(4);

    private final Random random = new Random(SEED);

    /// What was acknowledged of each VM, by its id. Nothing is known of a call that got no answer.
    private final Map<String, Known> known = new TreeMap<>();

    /// Ids of VMs whose destruction was acknowledged.
    private final Set<String> destroyed = new TreeSet<>();

    private int created;
    private int watched;
    private int killedByMistake;

    /// @param touched whether a call has been sent since it was last seen at rest
    /// @param doomed whether its destruction was asked for, answered or not
    private record Known(boolean touched, boolean doomed) {}

    @Test
    @Timeout(value = 2, unit = TimeUnit.HOURS)
    void losesNothingThatItAcknowledgedAndLeavesNothingBehind() throws Exception {
        try (var daemon = RealDaemon.with("debian-slim")) {
            for (var bystander : BYSTANDERS) {
                var vm =
                        daemon.client().create(wanted(Optional.of(bystander), true), Duration.ZERO);
                known.put(vm.id(), new Known(false, false));
            }
            awaitRest(daemon.client());
            for (var round = 0; round < KILLS; round++) {
                var calls = disturb(daemon);
                var running = killAtSomeMoment(daemon);
                for (var call : calls) {
                    call.join();
                }
                daemon.start();
                watched += running.size();
                killedByMistake += countDead(running);
                compare(daemon, round);
            }
            settleAndDestroyAll(daemon);
            System.out.printf(
                    "crash test: seed %d, %d kills; %d creates acknowledged, 0 lost; %d destroys"
                            + " acknowledged, 0 undone; %d times a VM ran on, %d times not; 0 left"
                            + " over%n",
                    SEED, KILLS, created, destroyed.size(), watched, killedByMistake);
            assertThat(killedByMistake).as("VMs killed by mistake, seed %d", SEED).isZero();
            assertThat(watched).isGreaterThanOrEqualTo(KILLS * BYSTANDERS.size());
        }
    }

    /// @return what ran then and had been left in peace
    private List<LinuxProcess> killAtSomeMoment(RealDaemon daemon) {
        var later = CompletableFuture.delayedExecutor(random.nextInt(2500), TimeUnit.MILLISECONDS);
        return CompletableFuture.supplyAsync(
                        () -> {
                            var running = untouched(daemon);
                            daemon.kill();
                            return running;
                        },
                        later)
                .join();
    }

    /// A few calls at once, on threads of their own.
    private List<Thread> disturb(RealDaemon daemon) {
        var calls = new ArrayList<Thread>();
        var vms =
                daemon.client().vms(Map.of()).stream()
                        .filter(vm -> !BYSTANDERS.contains(vm.name()))
                        .toList();
        for (var i = 0; i < 3; i++) {
            var free = MOST_VMS - vms.size() - i > 0;
            if (free && (vms.isEmpty() || random.nextBoolean())) {
                var start = random.nextInt(4) > 0;
                calls.add(call(() -> create(daemon.client(), start)));
            } else if (!vms.isEmpty()) {
                var vm = vms.get(random.nextInt(vms.size()));
                calls.add(change(daemon.client(), vm, random.nextInt(4)));
            }
        }
        return calls;
    }

    private Thread change(CoveClient client, VmInfo vm, int what) {
        note(vm.id(), what == 3);
        return call(() -> {
            switch (what) {
                case 0 -> client.change(vm.id(), power(PowerChange.Verb.START));
                case 1 -> client.change(vm.id(), power(PowerChange.Verb.STOP));
                case 2 -> client.change(vm.id(), power(PowerChange.Verb.RESTART));
                default -> {
                    client.destroy(vm.id(), true, Duration.ZERO);
                    synchronized (this) {
                        destroyed.add(vm.id());
                    }
                }
            }
        });
    }

    private static PowerChange power(PowerChange.Verb verb) {
        return new PowerChange(verb, Optional.of(Duration.ofSeconds(3)), false, Duration.ZERO);
    }

    private void create(CoveClient client, boolean start) {
        var vm = client.create(wanted(Optional.empty(), start), Duration.ZERO);
        synchronized (this) {
            created++;
        }
        note(vm.id(), false);
    }

    private static Creation wanted(Optional<String> name, boolean start) {
        return new Creation(
                name,
                Optional.of("debian-slim"),
                Optional.empty(),
                Optional.of("192M"),
                Optional.empty(),
                Optional.empty(),
                List.of(),
                Map.of(),
                false,
                start);
    }

    private synchronized void note(String id, boolean doomed) {
        known.merge(id, new Known(true, doomed), (a, b) -> new Known(true, a.doomed || b.doomed));
    }

    private static Thread call(Runnable work) {
        return Thread.ofVirtual()
                .start(() -> {
                    try {
                        work.run();
                    } catch (CoveException e) {
                        // The daemon died before it answered, or two calls contradict each other:
                        // neither was acknowledged.
                        return;
                    }
                });
    }

    /// The machines of VMs that run and of which nothing has been asked since.
    private synchronized List<LinuxProcess> untouched(RealDaemon daemon) {
        var machines = new ArrayList<LinuxProcess>();
        for (var vm : daemon.client().vms(Map.of())) {
            var touched = known.getOrDefault(vm.id(), new Known(true, false)).touched;
            if (!touched && vm.state().equals("running")) {
                machines.add(daemon.machine(vm.id()));
            }
        }
        return machines;
    }

    private static int countDead(List<LinuxProcess> machines) {
        return (int) machines.stream().filter(machine -> !machine.isAlive()).count();
    }

    /// The next daemon has swept before it answers: nothing is here that it knows nothing of.
    private synchronized void compare(RealDaemon daemon, int round) throws Exception {
        var listed = new TreeSet<String>();
        var vms = daemon.client().vms(Map.of());
        vms.forEach(vm -> listed.add(vm.id()));
        var where = "seed %d, round %d".formatted(SEED, round);
        var lost = new TreeSet<String>();
        known.forEach((id, vm) -> {
            if (!vm.doomed && !listed.contains(id)) {
                lost.add(id);
            }
        });
        assertThat(lost).as("acknowledged creates that are lost, %s", where).isEmpty();
        var traces = Traces.of(daemon.data());
        // What has been destroyed since the list was made is in neither.
        assertThat(listed).as("leftovers %s, %s", traces, where).containsAll(traces.all());
        traces.machines().forEach((id, all) -> assertThat(all).as("%s, %s", id, where).hasSize(1));
        known.keySet().removeIf(id -> !listed.contains(id));
        for (var vm : vms) {
            var before = known.getOrDefault(vm.id(), new Known(true, false));
            known.put(vm.id(), new Known(before.touched && !vm.settled(), before.doomed));
        }
    }

    private static void awaitRest(CoveClient client) {
        await().atMost(SETTLES)
                .pollInterval(Duration.ofMillis(200))
                .until(() -> client.vms(Map.of()).stream().allMatch(VmInfo::settled));
    }

    private void settleAndDestroyAll(RealDaemon daemon) throws Exception {
        var client = daemon.client();
        awaitRest(client);
        assertThat(client.vms(Map.of()))
                .filteredOn(vm -> destroyed.contains(vm.id()))
                .as("destroyed VMs that are back, seed %d", SEED)
                .isEmpty();
        assertThat(client.vms(Map.of()))
                .filteredOn(vm -> vm.state().equals("failed"))
                .as("VMs that failed, seed %d", SEED)
                .isEmpty();
        for (var vm : client.vms(Map.of())) {
            assertThat(client.destroy(vm.id(), true, Duration.ofMinutes(1))).isTrue();
        }
        var left = Traces.of(daemon.data());
        assertThat(left.all()).as("leftovers, seed %d", SEED).isEmpty();
        assertThat(left.mounts()).as("mounts, seed %d", SEED).hasSize(1);
        assertThat(daemon.metric("cove_leases")).as("leases, seed %d", SEED).isZero();
    }
}

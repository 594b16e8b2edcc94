package dev.cove.core.control;

import dev.cove.core.CoveException;
import dev.cove.core.Finding;
import dev.cove.core.Owner;
import dev.cove.core.Printable;
import dev.cove.core.Vm;
import dev.cove.core.VmId;
import dev.cove.core.VmSpec;
import dev.cove.core.control.VmActor.Turn;
import dev.cove.core.port.GuestShell;
import dev.cove.core.port.Machine;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/// Runs one actor for each VM, on a virtual thread of its own, from `start` to `close`. Closing
/// leaves every machine running.
public final class Keeper implements AutoCloseable {
    private static final Duration LONGEST_STEP = Duration.ofSeconds(20);

    private final Outside outside;
    private final VmBook book;
    private final Leases leases;
    private final Limits limits;
    private final Doubts doubts;
    private final Time time;
    private final RandomGenerator random;
    private final Places places;
    private final Owner owner;
    private final BiConsumer<Live, Consumer<Live>> beginner;
    private final Map<VmId, Live> lives = new ConcurrentHashMap<>();
    private volatile List<Finding> findings = List.of();
    private volatile boolean closed;

    /// @param random for the ids of snapshots
    /// @param owner the daemon's own
    /// @param beginner starts taking an actor's turns; a simulation takes them itself
    Keeper(
            Outside outside,
            VmBook book,
            Leases leases,
            Limits limits,
            Doubts doubts,
            Time time,
            RandomGenerator random,
            Places places,
            Owner owner,
            BiConsumer<Live, Consumer<Live>> beginner) {
        this.beginner = beginner;
        this.outside = outside;
        this.book = book;
        this.leases = leases;
        this.limits = limits;
        this.doubts = doubts;
        this.time = time;
        this.random = random;
        this.places = places;
        this.owner = owner;
    }

    /// Sweeps what belongs to nobody, adopts what lives, and takes up what was half done.
    ///
    /// @param boot says which boot of the host this is
    public void start(String boot) {
        outside.network().ensure();
        var rebooted = !book.lastBoot().equals(Optional.of(boot));
        var sweeper = new Sweeper(outside, book, leases);
        sweeper.sweep();
        book.all().forEach(vm -> sweeper.adopt(vm.id(), id -> actor(id).adopt(rebooted)));
        sweeper.sweepUnadopted(id -> machine(id).isPresent());
        findings = sweeper.findings();
        book.noteBoot(boot);
        book.all().forEach(this::wake);
    }

    /// Repairs the network when somebody else has changed it. To be called now and then.
    public void mend() {
        outside.network().ensure();
    }

    /// Makes a VM's actor look again; starts it if this is the first time.
    Vm wake(Vm vm) {
        actor(vm.id());
        var live = lives.get(vm.id());
        if (live != null && !closed) {
            live.mailbox().poke();
            beginner.accept(live, this::run);
        }
        return vm;
    }

    /// What was found amiss at the start and left alone.
    public List<Finding> examine() {
        return findings;
    }

    public Optional<Machine> machine(VmId id) {
        return Optional.ofNullable(lives.get(id)).flatMap(l -> l.actor().machine());
    }

    Optional<GuestShell.Guest> guest(VmSpec spec) {
        return Optional.ofNullable(lives.get(spec.id())).map(l -> l.actor().guest(spec));
    }

    /// Has something done with the machine of a VM that is ready.
    <T> T ask(VmId id, Errand<T> errand, Duration limit) throws InterruptedException {
        var live = lives.get(id);
        if (live == null || closed) {
            throw CoveException.notFound(id + " is not here any more");
        }
        live.actor().ask(errand);
        return errand.await(limit);
    }

    Owner owner() {
        return owner;
    }

    /// @throws CoveException UNAVAILABLE when the daemon is stopping
    void checkOpen() {
        if (closed) {
            throw CoveException.unavailable("the daemon is stopping; try again in a moment");
        }
    }

    /// @throws CoveException UNAVAILABLE when the record of that VM is damaged
    void checkReadable(String reference) {
        if (book.damaged().stream().anyMatch(id -> id.text().equals(reference))) {
            throw CoveException.unavailable(
                    "the record of "
                            + Printable.of(reference, 40)
                            + " is damaged, so the VM is left as it is; see: cove doctor");
        }
    }

    /// Stops the actors and lets go of their machines.
    @Override
    public void close() {
        closed = true;
        lives.values().forEach(l -> l.mailbox().poke());
        for (var live : new ArrayList<>(lives.values())) {
            live.end(LONGEST_STEP);
            live.actor().release();
        }
        lives.clear();
    }

    private VmActor actor(VmId id) {
        return lives.computeIfAbsent(id, this::newLive).actor();
    }

    private Live newLive(VmId id) {
        var mailbox = new Mailbox();
        return new Live(
                new VmActor(
                        id, outside, book, leases, limits, doubts, time, random, places, mailbox),
                mailbox);
    }

    private void run(Live live) {
        var going = true;
        while (going && !closed) {
            try {
                switch (turn(live)) {
                    case Turn.Moved() -> {}
                    case Turn.Settled() -> live.mailbox().rest(limits.look());
                    case Turn.Waiting(var atMost) -> live.mailbox().rest(atMost);
                    case Turn.Troubled(var pause) -> live.mailbox().rest(pause);
                    case Turn.Finished(_) -> going = false;
                }
            } catch (InterruptedException e) {
                // Something changed while it waited: the next turn looks again.
            }
        }
    }

    /// Takes one turn of an actor.
    Turn turn(Live live) throws InterruptedException {
        var turn = live.actor().turn();
        if (turn instanceof Turn.Finished(var id)) {
            lives.remove(id);
        }
        return turn;
    }

    /// The actors there are, in the order of their VMs.
    List<Live> lives() {
        return lives.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(Map.Entry::getValue)
                .toList();
    }
}

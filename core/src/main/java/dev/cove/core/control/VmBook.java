package dev.cove.core.control;

import dev.cove.core.CoveException;
import dev.cove.core.Identity;
import dev.cove.core.Name;
import dev.cove.core.Role;
import dev.cove.core.SnapshotId;
import dev.cove.core.Vm;
import dev.cove.core.VmId;
import dev.cove.core.VmSpec;
import dev.cove.core.VmState;
import dev.cove.core.VmStatus;
import dev.cove.core.control.Composed.Shown;
import dev.cove.core.port.Codec;
import dev.cove.core.port.Store;
import dev.cove.core.port.Store.Entry;
import dev.cove.core.port.Store.Guard;
import dev.cove.core.port.Store.Outcome;
import dev.cove.core.port.Store.Write;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;

/// The records of all VMs. Specs and settled statuses are in the store; what a VM is doing between
/// two settled states is only shown, since after a crash it is looked up on the host and not
/// believed. Every change is an event.
public final class VmBook {
    static final String SPEC = "spec/";
    static final String STATUS = "status/";
    static final String IDENTITY = "identity/";
    static final String NAME = "name/";
    private static final String BOOT = "host/boot";

    private final Store store;
    private final Codec codec;
    private final Leases leases;
    private final Events events;
    private final Time time;
    private final Set<VmId> damaged = ConcurrentHashMap.newKeySet();
    private final Map<String, Read> read = new ConcurrentHashMap<>();
    private final Map<VmId, Shown> shown = new ConcurrentHashMap<>();
    private final AtomicLong shows = new AtomicLong();
    private final Composed composed = new Composed();
    private volatile Listed last = new Listed(new Stamp(-1, -1, -1), List.of());

    public VmBook(Store store, Codec codec, Leases leases, Events events, Time time) {
        this.store = store;
        this.codec = codec;
        this.leases = leases;
        this.events = events;
        this.time = time;
        store.damaged().stream().map(Store.Damaged::key).forEach(this::noteDamaged);
        store.range(SPEC).stream()
                .filter(e -> !readable(e))
                .map(Entry::key)
                .forEach(this::noteDamaged);
        // A VM's records come and go in one commit, so whoever has an identity has lost its spec.
        store.range(IDENTITY).stream()
                .map(e -> SPEC + e.key().substring(IDENTITY.length()))
                .filter(key -> store.get(key).isEmpty())
                .forEach(this::noteDamaged);
    }

    public Optional<Vm> find(VmId id) {
        return damaged.contains(id) ? Optional.empty() : store.get(SPEC + id).map(this::vm);
    }

    public Optional<Vm> find(Name name) {
        return store.get(NAME + name).flatMap(e -> find(new VmId(e.document())));
    }

    /// All of them by name. Until something changes it is the same list; a VM that has not changed
    /// is the same object in the next.
    public List<Vm> all() {
        // Before the records: a change in between makes the next call look again.
        var stamp = new Stamp(store.revision(), shows.get(), leases.changes());
        var known = last;
        if (!known.stamp().equals(stamp)) {
            known = new Listed(stamp, composedAgain());
            last = known;
        }
        return known.vms();
    }

    private List<Vm> composedAgain() {
        return store.range(SPEC).stream()
                .filter(e -> damaged.isEmpty() || !damaged.contains(idIn(e.key())))
                .map(this::vm)
                .sorted(Comparator.comparing(Vm::name))
                .toList();
    }

    /// Those whose present launch begins with a snapshot.
    List<Vm> begunWith(SnapshotId snapshot) {
        return all().stream()
                .filter(vm ->
                        vm.spec().begins().filter(b -> b.snapshot().equals(snapshot)).isPresent())
                .toList();
    }

    public int count() {
        return store.range(SPEC).size();
    }

    /// VMs whose record cannot be read: they are left as they are, and nothing else suffers.
    public Set<VmId> damaged() {
        return Set.copyOf(damaged);
    }

    /// The boot of the host in which the last daemon ran; empty when there was none before.
    Optional<String> lastBoot() {
        return store.get(BOOT).map(Entry::document);
    }

    void noteBoot(String boot) {
        store.commit(List.of(), List.of(new Write.Put(BOOT, boot)));
    }

    /// What a VM had come to when it last settled.
    VmStatus settled(VmSpec spec) {
        try {
            return store.get(STATUS + spec.id())
                    .map(e -> read(e, VmStatus.class))
                    .orElseGet(() -> VmStatus.creating(spec.created()));
        } catch (CoveException e) {
            // A status can be found out anew; only a spec is irreplaceable.
            return VmStatus.creating(spec.created());
        }
    }

    public Identity identity(VmId id) {
        var entry =
                store.get(IDENTITY + id)
                        .orElseThrow(() ->
                                CoveException.unavailable(
                                        "the identity of "
                                                + id
                                                + " is not in the store; destroy the VM and"
                                                + " make it again"));
        return codec.read(entry.document(), Identity.class);
    }

    /// Writes a new VM down, if its name is free.
    Named create(VmSpec spec, Identity identity) {
        var id = spec.id();
        var outcome =
                store.commit(
                        List.of(Guard.absent(NAME + spec.name()), Guard.absent(SPEC + id)),
                        List.of(
                                new Write.Put(NAME + spec.name(), id.text()),
                                new Write.Put(SPEC + id, codec.write(spec)),
                                new Write.Put(
                                        STATUS + id, codec.write(VmStatus.creating(time.now()))),
                                new Write.Put(IDENTITY + id, codec.write(identity))));
        if (outcome instanceof Outcome.Refused) {
            return new Named.Taken(spec.name());
        }
        tell("vm.created", spec, Map.of("state", VmState.CREATING.toString()));
        return new Named.Written(find(id).orElseThrow());
    }

    /// Writes a change of what is asked for.
    ///
    /// @throws CoveException NOT_FOUND when the VM has gone, CONFLICT when it is on its way out or
    ///   the new name is taken
    public Vm change(VmId id, UnaryOperator<VmSpec> change) {
        return tryChange(id, change).orThrow();
    }

    /// Likewise, for whoever can take another name.
    Named tryChange(VmId id, UnaryOperator<VmSpec> change) {
        while (true) {
            var entry = store.get(SPEC + id).orElseThrow(() -> gone(id));
            var before = spec(entry);
            var after = change.apply(before);
            if (after.equals(before)) {
                return new Named.Written(vm(entry));
            }
            var guards = new ArrayList<>(List.of(Guard.unchanged(entry)));
            var writes =
                    new ArrayList<Write>(List.of(new Write.Put(SPEC + id, codec.write(after))));
            var renamed = !after.name().equals(before.name());
            if (renamed) {
                guards.add(Guard.absent(NAME + after.name()));
                writes.add(new Write.Put(NAME + after.name(), id.text()));
                writes.add(new Write.Delete(NAME + before.name()));
            }
            switch (store.commit(guards, writes)) {
                case Outcome.Committed(_) -> {
                    tellOfChange(before, after);
                    return new Named.Written(find(id).orElseThrow(() -> gone(id)));
                }
                case Outcome.Refused(var key) -> {
                    if (key.startsWith(NAME)) {
                        return new Named.Taken(after.name());
                    }
                }
            }
        }
    }

    private void tellOfChange(VmSpec before, VmSpec after) {
        if (before.role() != after.role()) {
            // For those who see it from now on, it has not been there before.
            tell("vm.created", after, Map.of("state", VmState.STARTING.toString()));
            return;
        }
        if (!after.name().equals(before.name())) {
            tell("vm.renamed", after, Map.of("was", before.name().text()));
        }
        if (!after.shape().equals(before.shape())) {
            var shape = after.shape();
            tell(
                    "vm.resized",
                    after,
                    Map.of(
                            "cpus",
                            Integer.toString(shape.cpus()),
                            "memory",
                            shape.memory().toString(),
                            "disk",
                            shape.disk().toString()));
        }
    }

    /// Shows what a VM is doing now.
    void show(VmSpec spec, VmState state, String step) {
        var before = shown.put(spec.id(), new Shown(state, Optional.of(step)));
        shows.incrementAndGet();
        if (before == null || before.state() != state) {
            tell("vm.state", spec, Map.of("state", state.toString()));
        }
        tell("vm.step", spec, Map.of("state", state.toString(), "step", step));
    }

    /// Writes down what a VM has come to.
    void settle(VmSpec spec, VmStatus status) {
        var before = find(spec.id());
        if (before.isEmpty()) {
            return;
        }
        // What is shown covers what was settled before: whoever waits is to see the new one next.
        if (!sameBut(settled(spec), status)) {
            store.commit(
                    List.of(), List.of(new Write.Put(STATUS + spec.id(), codec.write(status))));
        }
        var wasShown = shown.remove(spec.id());
        shows.incrementAndGet();
        if (wasShown != null || before.get().state() != status.state()) {
            var details = new HashMap<>(Map.of("state", status.state().toString()));
            status.reason().ifPresent(r -> details.put("reason", r));
            tell("vm.state", spec, details);
        }
    }

    /// Takes a VM's records and its address out of the store, in one commit.
    void forget(VmSpec spec) {
        var id = spec.id();
        var writes = new ArrayList<Write>();
        writes.add(new Write.Delete(SPEC + id));
        writes.add(new Write.Delete(STATUS + id));
        writes.add(new Write.Delete(IDENTITY + id));
        // The name may have gone to another VM only if this one was renamed, and then it is not
        // ours.
        store.get(NAME + spec.name())
                .filter(e -> e.document().equals(id.text()))
                .ifPresent(e -> writes.add(new Write.Delete(e.key())));
        writes.addAll(leases.release(id));
        store.commit(List.of(), writes);
        leases.released(id);
        shown.remove(id);
        shows.incrementAndGet();
        List.of(SPEC + id, STATUS + id).forEach(read::remove);
        composed.forget(id);
        tell("vm.deleted", spec, Map.of());
    }

    private boolean readable(Entry entry) {
        try {
            return spec(entry).id().equals(idIn(entry.key()));
        } catch (CoveException e) {
            return false;
        }
    }

    private void noteDamaged(String key) {
        if (key.startsWith(SPEC) && VmId.fits(key.substring(SPEC.length()))) {
            damaged.add(idIn(key));
        }
    }

    private static VmId idIn(String key) {
        return new VmId(key.substring(SPEC.length()));
    }

    private Vm vm(Entry entry) {
        var spec = spec(entry);
        var id = spec.id();
        return composed.of(spec, settled(spec), shown.get(id), leases.of(id));
    }

    /// Whether two statuses tell the same, apart from when it was noted.
    private static boolean sameBut(VmStatus one, VmStatus other) {
        return one.state() == other.state()
                && one.launch() == other.launch()
                && one.role() == other.role()
                && one.process().equals(other.process())
                && one.reason().equals(other.reason())
                && one.vmm().equals(other.vmm());
    }

    private VmSpec spec(Entry entry) {
        return read(entry, VmSpec.class);
    }

    /// Reads a document once for each revision: listing a thousand VMs parses nothing.
    private <T> T read(Entry entry, Class<T> type) {
        var known = read.get(entry.key());
        if (known == null || known.revision() != entry.revision()) {
            known = new Read(entry.revision(), codec.read(entry.document(), type));
            read.put(entry.key(), known);
        }
        return type.cast(known.value());
    }

    private void tell(String type, VmSpec spec, Map<String, String> details) {
        var all = new HashMap<>(details);
        all.put("name", spec.name().text());
        if (spec.role() == Role.GUEST) {
            events.publish(type, spec.id().text(), spec.owner(), all);
        } else {
            events.publishInside(type, spec.id().text(), all);
        }
    }

    private static CoveException gone(VmId id) {
        return CoveException.notFound("VM " + id + " is not here any more");
    }

    private record Read(long revision, Object value) {}

    /// What has changed so far, of all that a list is made from.
    private record Stamp(long revision, long shows, long leases) {}

    private record Listed(Stamp stamp, List<Vm> vms) {}
}

package dev.cove.core.control;

import dev.cove.core.Digest;
import dev.cove.core.Role;
import dev.cove.core.Shape;
import dev.cove.core.Snapshot;
import dev.cove.core.Snapshot.Kind;
import dev.cove.core.SnapshotId;
import dev.cove.core.Vm;
import dev.cove.core.VmState;
import dev.cove.core.port.Vmm;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// The templates that are here, which of them fit, and how much each is used.
public final class TemplateShelf {
    private final Outside outside;
    private final VmBook book;
    private final Time time;
    private final Map<SnapshotId, Use> uses = new ConcurrentHashMap<>();

    public TemplateShelf(Outside outside, VmBook book, Time time) {
        this.outside = outside;
        this.book = book;
        this.time = time;
    }

    /// How a template has been used since the daemon started.
    private record Use(int count, Instant last) {}

    /// All of them, those that no longer fit included.
    public List<Snapshot> all() {
        return outside.snapshots().all().stream()
                .filter(s -> s.kind() == Kind.TEMPLATE)
                .sorted(Comparator.comparing(Snapshot::created))
                .toList();
    }

    /// Whether a VM can be resumed from it here and now: its VMM, the processor and all that
    /// belongs to them are what they were.
    public boolean fits(Snapshot template) {
        return template.moment()
                .filter(m -> vmm(m.vmm()).filter(v -> fit(v).equals(m.fit())).isPresent())
                .isPresent();
    }

    /// The one to fork for a VM of that image and shape; whoever asks uses it.
    ///
    /// @param wanted the VMM that it has to be of; empty for the one that is preferred here
    Optional<Snapshot> find(Digest image, Shape shape, Optional<String> wanted) {
        var found = look(image, shape, wanted);
        found.ifPresent(t ->
                uses.merge(
                        t.id(),
                        new Use(1, time.now()),
                        (old, now) -> new Use(old.count() + 1, now.last())));
        return found;
    }

    /// The same, without using it.
    Optional<Snapshot> look(Digest image, Shape shape, Optional<String> wanted) {
        return all().stream()
                .filter(t -> t.image().digest().equals(image))
                .filter(t -> serves(t.shape(), shape))
                .filter(t -> wanted.isEmpty() || wanted.equals(t.moment().map(m -> m.vmm())))
                .filter(this::fits)
                .findFirst();
    }

    /// A disk can be larger than the template's, everything else has to be the same.
    private static boolean serves(Shape template, Shape wanted) {
        return template.cpus() == wanted.cpus()
                && template.memory().equals(wanted.memory())
                && template.disk().compareTo(wanted.disk()) <= 0;
    }

    /// How often it has been forked since the daemon started.
    public int uses(SnapshotId template) {
        return Optional.ofNullable(uses.get(template)).map(Use::count).orElse(0);
    }

    /// When it was last forked, or made.
    public Instant lastUse(Snapshot template) {
        return Optional.ofNullable(uses.get(template.id()))
                .map(Use::last)
                .orElse(template.created());
    }

    /// The VMs that stand by for it and are ready.
    public List<Vm> standing(Snapshot template) {
        return standbys(template).stream().filter(vm -> vm.state() == VmState.RUNNING).toList();
    }

    /// All that stand by for it, or will.
    public List<Vm> standbys(Snapshot template) {
        return book.all().stream()
                .filter(vm -> vm.spec().role() == Role.STANDBY)
                .filter(vm -> isOf(vm, template))
                .toList();
    }

    private static boolean isOf(Vm vm, Snapshot template) {
        return vm.spec().resume().filter(r -> r.snapshot().equals(template.id())).isPresent();
    }

    private Optional<Vmm> vmm(String name) {
        return outside.vmms().stream().filter(v -> v.name().equals(name)).findFirst();
    }

    private static String fit(Vmm vmm) {
        return vmm.capabilities().fit();
    }
}

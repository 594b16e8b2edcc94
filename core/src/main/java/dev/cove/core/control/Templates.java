package dev.cove.core.control;

import dev.cove.core.Bytes;
import dev.cove.core.CoveException;
import dev.cove.core.Digest;
import dev.cove.core.Finding;
import dev.cove.core.Image;
import dev.cove.core.Power;
import dev.cove.core.Role;
import dev.cove.core.Shape;
import dev.cove.core.Snapshot;
import dev.cove.core.SnapshotId;
import dev.cove.core.Vm;
import dev.cove.core.VmId;
import dev.cove.core.VmState;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// Makes templates where they are wanted, keeps VMs standing by for those that are used, and takes
/// away what no longer fits or is used least.
///
/// All of it is done by VMs that nobody sees, which go up and down as any other, so a crash leaves
/// nothing that the next start does not find. One template is made at a time, when nobody waits for
/// a VM of their own.
public final class Templates {
    private static final Duration BUSY_LOOK = Duration.ofMillis(500);
    private static final Duration IDLE_LOOK = Duration.ofSeconds(20);
    private static final Duration LONGEST_MAKING = Duration.ofMinutes(10);

    /// A template that could not be made is not tried again until then.
    private static final Duration RETRY_AFTER = Duration.ofMinutes(10);

    /// For others' VMs to start before this goes on in their midst.
    private static final Duration POLITE = Duration.ofSeconds(30);

    private final Outside outside;
    private final VmBook book;
    private final Keeper keeper;
    private final NewVms newVms;
    private final TemplateShelf shelf;
    private final Doubts doubts;
    private final Time time;
    private final Settings settings;
    private final Semaphore news = new Semaphore(0);

    private final Map<Want, Instant> wanted = new LinkedHashMap<>(); // guarded by this
    private final Map<Want, Failure> failed = new LinkedHashMap<>(); // guarded by this
    private final Set<VmId> makers = new HashSet<>(); // guarded by this

    Templates(
            Outside outside,
            VmBook book,
            Keeper keeper,
            NewVms newVms,
            TemplateShelf shelf,
            Doubts doubts,
            Time time,
            Settings settings) {
        this.outside = outside;
        this.book = book;
        this.keeper = keeper;
        this.newVms = newVms;
        this.shelf = shelf;
        this.doubts = doubts;
        this.time = time;
        this.settings = settings;
    }

    /// @param automatic whether templates are made of what is created
    /// @param standby how many VMs stand by for each template in use
    /// @param standbyMemory what all that stand by may take together
    /// @param disk what all templates may take together
    public record Settings(boolean automatic, int standby, Bytes standbyMemory, Bytes disk) {
        /// None of it.
        public static final Settings OFF = new Settings(false, 0, new Bytes(0), new Bytes(0));
    }

    /// What a template is wanted for.
    private record Want(Digest image, Shape shape, Optional<String> vmm) {}

    private record Failure(String reason, Instant at) {}

    /// A VM has been created that a template might have served.
    void used(Vm vm) {
        var spec = vm.spec();
        if (settings.automatic() && !spec.resumes()) {
            want(new Want(spec.image().digest(), spec.shape(), spec.vmm()));
        }
        news.release();
    }

    private synchronized void want(Want want) {
        var recent = failed.get(want);
        if (recent == null || recent.at().plus(RETRY_AFTER).isBefore(time.now())) {
            wanted.putIfAbsent(want, time.now());
        }
    }

    /// Makes a template now, and waits for it.
    ///
    /// @param like the image and shape; the disk may be left out
    /// @return the one that is here already, if there is one
    /// @throws CoveException UNAVAILABLE with the reason when it cannot be made
    public Snapshot prepare(NewVm like) throws InterruptedException {
        var image = newVms.image(like.image().orElse(newVms.usual().image()));
        var want = new Want(image.digest(), newVms.shape(like, image), like.vmm());
        synchronized (this) {
            failed.remove(want);
        }
        var until = time.ticks().getAsLong() + LONGEST_MAKING.toNanos();
        while (time.ticks().getAsLong() < until) {
            var found = shelf.look(want.image(), want.shape(), want.vmm());
            if (found.isPresent()) {
                return found.get();
            }
            synchronized (this) {
                var failure = failed.get(want);
                if (failure != null) {
                    throw CoveException.unavailable(
                            "no template of image \"" + image.name() + "\": " + failure.reason());
                }
                // Whoever waits goes before those who do not.
                wanted.put(want, Instant.EPOCH);
            }
            news.release();
            TimeUnit.MILLISECONDS.sleep(100);
        }
        throw CoveException.unavailable(
                "no template of image \""
                        + image.name()
                        + "\" within "
                        + LONGEST_MAKING.toMinutes()
                        + " min; see: cove events");
    }

    /// @throws CoveException NOT_FOUND
    public void remove(SnapshotId id) {
        var template =
                shelf.all().stream()
                        .filter(t -> t.id().equals(id))
                        .findFirst()
                        .orElseThrow(() ->
                                CoveException.notFound(
                                        "there is no template " + id + "; see: cove template ls"));
        drop(template);
    }

    public TemplateShelf shelf() {
        return shelf;
    }

    /// Why templates could not be made.
    public synchronized List<Finding> examine() {
        return failed.entrySet().stream()
                .map(f ->
                        Finding.note(
                                "template of " + f.getKey().image(),
                                f.getValue().reason(),
                                "look at: cove events; try it with: cove template prepare"))
                .toList();
    }

    /// Tends to them until it is interrupted.
    ///
    /// @param trouble is told what did not work; it is tried again
    public void run(Consumer<RuntimeException> trouble) throws InterruptedException {
        while (true) {
            var look = IDLE_LOOK;
            try {
                look = tend() ? BUSY_LOOK : IDLE_LOOK;
            } catch (RuntimeException e) {
                trouble.accept(e);
            }
            var _ = news.tryAcquire(look.toMillis(), TimeUnit.MILLISECONDS);
            news.drainPermits();
        }
    }

    /// Looks at all of them once.
    ///
    /// @return whether something is under way
    public boolean tend() {
        dropWhatNoLongerFits();
        dropWhatIsTooMuch();
        dropFailedStandbys();
        var making = tendMaker();
        return tendStandbys() || making;
    }

    private void dropWhatNoLongerFits() {
        for (var template : shelf.all()) {
            if (outside.images().find(template.image().digest()).isEmpty()
                    || !shelf.fits(template)
                    || doubts.suffice(template.id())) {
                drop(template);
            }
        }
    }

    private void dropWhatIsTooMuch() {
        var byUse =
                shelf.all().stream()
                        .sorted(Comparator.comparing(shelf::lastUse).reversed())
                        .toList();
        var sum = 0L;
        for (var template : byUse) {
            sum += template.used().count();
            // The one that was used last stays, however large it is.
            if (sum > settings.disk().count() && !template.equals(byUse.getFirst())) {
                drop(template);
            }
        }
    }

    private void dropFailedStandbys() {
        hidden(Role.STANDBY).stream()
                .filter(vm ->
                        vm.state() == VmState.FAILED
                                || vm.spec()
                                        .resume()
                                        .flatMap(r -> outside.snapshots().find(r.snapshot()))
                                        .isEmpty())
                .forEach(this::destroy);
    }

    private void drop(Snapshot template) {
        shelf.standbys(template).forEach(this::destroy);
        outside.drop(template.id());
    }

    private boolean tendMaker() {
        for (var maker : hidden(Role.TEMPLATE)) {
            if (!isOurs(maker)) {
                destroy(maker); // an earlier daemon's: what it was for may have changed
            } else if (maker.state() == VmState.FAILED) {
                noteFailure(maker);
                destroy(maker);
            }
        }
        if (!hidden(Role.TEMPLATE).isEmpty()) {
            return true;
        }
        var next = nextWanted();
        next.filter(this::isTime).ifPresent(this::make);
        return next.isPresent();
    }

    private synchronized boolean isOurs(Vm maker) {
        return makers.contains(maker.id());
    }

    private synchronized void noteFailure(Vm maker) {
        var spec = maker.spec();
        var want = new Want(spec.image().digest(), spec.shape(), spec.vmm());
        failed.put(want, new Failure(maker.status().reason().orElse("it failed"), time.now()));
        wanted.remove(want);
    }

    private synchronized Optional<Map.Entry<Want, Instant>> nextWanted() {
        wanted.keySet()
                .removeIf(w ->
                        shelf.look(w.image(), w.shape(), w.vmm()).isPresent()
                                || outside.images().find(w.image()).isEmpty()
                                || failed.containsKey(w));
        return wanted.entrySet().stream().min(Map.Entry.comparingByValue());
    }

    /// Whoever starts a VM of their own goes first, for a while.
    private boolean isTime(Map.Entry<Want, Instant> next) {
        return !somebodyWaits() || next.getValue().plus(POLITE).isBefore(time.now());
    }

    private boolean somebodyWaits() {
        return book.all().stream()
                .filter(vm -> vm.spec().role() == Role.GUEST)
                .anyMatch(vm -> vm.state() == VmState.CREATING || vm.state() == VmState.STARTING);
    }

    private void make(Map.Entry<Want, Instant> next) {
        var want = next.getKey();
        var image = outside.images().find(want.image()).orElseThrow();
        var vmm = outside.vmmFor(want.vmm());
        if (!vmm.capabilities().snapshots()) {
            refuse(want, vmm.name() + " cannot save machines here");
            return;
        }
        begin(Role.TEMPLATE, image, smallest(want, image), Optional.empty());
    }

    /// A template serves all VMs with a disk of its size or more.
    private Shape smallest(Want want, Image image) {
        var usual = newVms.usual().shape().disk();
        var least = want.shape().disk().compareTo(usual) < 0 ? want.shape().disk() : usual;
        return new Shape(
                want.shape().cpus(),
                want.shape().memory(),
                least.compareTo(image.size()) < 0 ? image.size() : least);
    }

    private synchronized void refuse(Want want, String why) {
        failed.put(want, new Failure(why, time.now()));
        wanted.remove(want);
    }

    private void begin(Role role, Image image, Shape shape, Optional<Snapshot> from) {
        var vm = newVms.hidden(role, keeper.owner(), image, shape, from);
        synchronized (this) {
            makers.add(vm.id());
        }
        keeper.wake(vm);
    }

    private boolean tendStandbys() {
        var under = false;
        var taken =
                hidden(Role.STANDBY).stream()
                        .mapToLong(vm -> vm.spec().shape().memory().count())
                        .sum();
        for (var template : shelf.all()) {
            var there = shelf.standbys(template);
            under |= there.stream().anyMatch(vm -> vm.state() != VmState.RUNNING);
            var memory = template.shape().memory().count();
            var room = taken + memory <= settings.standbyMemory().count();
            if (there.size() < settings.standby() && room && shelf.uses(template.id()) > 0) {
                under = true;
                if (!somebodyWaits()) {
                    var image = outside.images().find(template.image().digest());
                    image.ifPresent(
                            i -> begin(Role.STANDBY, i, template.shape(), Optional.of(template)));
                    taken += memory;
                }
            }
        }
        return under;
    }

    private List<Vm> hidden(Role role) {
        return book.all().stream()
                .filter(vm -> vm.spec().role() == role && vm.spec().power() != Power.GONE)
                .toList();
    }

    private void destroy(Vm vm) {
        keeper.wake(
                book.change(
                        vm.id(),
                        // Taken by somebody in this very moment, it is theirs.
                        s -> s.role() == Role.GUEST ? s : s.gone(Duration.ZERO)));
    }
}

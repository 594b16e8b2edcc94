package dev.cove.core.control;

import dev.cove.core.Bytes;
import dev.cove.core.Caller;
import dev.cove.core.CoveException;
import dev.cove.core.Export;
import dev.cove.core.ImageRef;
import dev.cove.core.Name;
import dev.cove.core.Snapshot;
import dev.cove.core.Snapshot.Kind;
import dev.cove.core.SnapshotId;
import dev.cove.core.SshKey;
import dev.cove.core.Vm;
import dev.cove.core.port.Vmm;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/// Makes VMs of files that others were exported to. A file becomes a snapshot, and the VM goes on
/// from that as a fork does; until its checksum was right there is nothing but a draft, which goes
/// with whoever sent it, or with the next start of the daemon.
///
/// A file is never believed: what it says is held against what the caller may have before its
/// content is read, and what its machine was doing is for administrators, since the VMM reads that.
public final class Importing {
    private static final int MOST_KEYS = 64;

    /// What sleeps at once can hardly be used.
    private static final Duration SHORTEST_IDLE = Duration.ofSeconds(5);

    private final Outside outside;
    private final VmBook book;
    private final Keeper keeper;
    private final NewVms newVms;
    private final Copies copies;
    private final Passing passing;
    private final Time time;
    private final RandomGenerator random;

    Importing(
            Outside outside,
            VmBook book,
            Keeper keeper,
            NewVms newVms,
            Copies copies,
            Passing passing,
            Time time,
            RandomGenerator random) {
        this.outside = outside;
        this.book = book;
        this.keeper = keeper;
        this.newVms = newVms;
        this.copies = copies;
        this.passing = passing;
        this.time = time;
        this.random = random;
    }

    /// What is to be made of a file. What is left out is as the file says.
    ///
    /// @param image whose kernel boots it, in place of that of the image that it was made of
    /// @param keys that may log in, besides those in the file
    /// @param cold whether its disk is booted, and what its machine was doing left out
    public record Wish(
            Optional<Name> name,
            Optional<Name> image,
            Optional<Integer> cpus,
            Optional<Bytes> memory,
            List<SshKey> keys,
            boolean cold) {
        public Wish {
            keys = List.copyOf(keys);
        }

        private boolean shaped() {
            return cpus.isPresent() || memory.isPresent();
        }
    }

    /// Reads a file to its end and makes a VM of it, which is the caller's and starts at once.
    ///
    /// @throws IOException when the stream breaks
    /// @throws CoveException INVALID with the reason when it is no such file, or does not fit this
    ///   machine; NOT_FOUND when its image is not here; CONFLICT when its name is taken, or what
    ///   its machine was doing cannot go on here; DENIED when the caller may not have that go on;
    ///   UNAVAILABLE when there is no room
    public Vm take(Caller caller, InputStream from, Wish wish)
            throws IOException, InterruptedException {
        keeper.checkOpen();
        newVms.checkRoom(1);
        var id = SnapshotId.random(random);
        try (var _ = passing.hold(id);
                var draft = outside.snapshots().begin(id)) {
            var export = outside.exports().read(from, draft, e -> check(caller, e, wish));
            var kept = draft.keep(snapshot(id, caller, export, wish));
            try {
                return keeper.wake(newVms.copy(caller.owner(), wanted(export, wish), kept));
            } catch (RuntimeException e) {
                outside.drop(id);
                throw e;
            }
        }
    }

    /// Before its content is read, which may take minutes.
    private void check(Caller caller, Export export, Wish wish) {
        var name = wish.name().orElse(export.name());
        if (book.find(name).isPresent()) {
            throw CoveException.conflict(
                    "a VM called \""
                            + name
                            + "\" is here already; take another name: cove import --name NAME");
        }
        var _ = image(export, wish);
        if (export.moment().isPresent() && !wish.cold()) {
            checkMoment(caller, export, export.moment().get(), wish);
        }
        checkShape(export, wish);
    }

    private void checkShape(Export export, Wish wish) {
        try {
            newVms.checkHas(
                    wish.cpus().orElse(export.shape().cpus()),
                    wish.memory().orElse(export.shape().memory()));
        } catch (CoveException e) {
            throw CoveException.invalid(
                    e.sentence()
                            + (wish.shaped()
                                    ? ""
                                    : "; boot its disk with less: cove import --cold --cpus N"
                                            + " --memory SIZE"));
        }
    }

    private void checkMoment(Caller caller, Export export, Snapshot.Moment moment, Wish wish) {
        if (!caller.administrator()) {
            throw CoveException.denied(
                    "this file has what \""
                            + export.name()
                            + "\" had in memory, which only administrators may have go on; leave"
                            + " it out and boot its disk: cove import --cold");
        }
        if (wish.shaped()) {
            throw CoveException.invalid(
                    "what \""
                            + export.name()
                            + "\" was doing goes on with the CPUs and memory that it had; leave out"
                            + " --cpus and --memory, or boot its disk: cove import --cold");
        }
        copies.whyNot(moment)
                .ifPresent(why -> {
                    throw CoveException.conflict(
                            "\""
                                    + export.name()
                                    + "\" cannot go on here: "
                                    + why
                                    + "; its disk can be booted: cove import --cold");
                });
    }

    private ImageRef image(Export export, Wish wish) {
        if (wish.image().isPresent()) {
            return newVms.image(wish.image().get()).ref();
        }
        var made = export.image();
        return outside.images()
                .find(made.digest())
                .orElseThrow(() ->
                        CoveException.notFound(
                                "the image that \""
                                        + export.name()
                                        + "\" was made of, \""
                                        + made.name()
                                        + "\" ("
                                        + made.digest()
                                        + "), is not here; bring its disk from there with cove"
                                        + " image import, or name an image whose kernel boots it:"
                                        + " cove import --image "
                                        + made.name()))
                .ref();
    }

    private Snapshot snapshot(SnapshotId id, Caller caller, Export export, Wish wish) {
        return new Snapshot(
                id,
                Kind.IMPORT,
                Optional.empty(),
                export.name(),
                caller.owner(),
                image(export, wish),
                export.shape(),
                wish.cold() ? Optional.empty() : export.moment(),
                new Bytes(0),
                time.now());
    }

    private NewVm wanted(Export export, Wish wish) {
        var here = outside.vmms().stream().map(Vmm::name).toList();
        return new NewVm(
                Optional.of(wish.name().orElse(export.name())),
                Optional.empty(),
                wish.cpus(),
                wish.memory(),
                Optional.empty(),
                export.vmm().filter(here::contains),
                Stream.concat(wish.keys().stream(), export.keys().stream())
                        .distinct()
                        .limit(MOST_KEYS)
                        .toList(),
                export.labels(),
                true,
                wish.cold(),
                export.sleepAfter().filter(idle -> idle.compareTo(SHORTEST_IDLE) >= 0));
    }
}
